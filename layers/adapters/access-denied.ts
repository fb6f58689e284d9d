/** Services have names of their own for it: `AccessDeniedException`, `AuthorizationError`, `ForbiddenException`. */
export const isAccessDenied = (error: unknown): boolean =>
  error instanceof Error && /^(AccessDenied|AuthorizationError|Forbidden|UnauthorizedOperation)/.test(error.name)
