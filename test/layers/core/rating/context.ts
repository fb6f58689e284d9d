import { rateSchema, ratingSchema } from '../../../../layers/core/configuration.ts'
import { compileRating, type RatingContext } from '../../../../layers/core/rating/rating-context.ts'

/** Rating under these settings and rates, all else by default. */
export const contextOf = (rating: object = {}, rates: readonly object[] = []): RatingContext =>
  compileRating(
    ratingSchema.parse(rating),
    rates.map((rate) => rateSchema.parse(rate)),
  )
