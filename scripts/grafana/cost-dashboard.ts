import { PanelBuilder as BarGauge } from '@grafana/grafana-foundation-sdk/bargauge'
import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog'
import {
  BarGaugeDisplayMode,
  GraphDrawStyle,
  ReduceDataOptionsBuilder,
  StackingConfigBuilder,
  StackingMode,
  VizOrientation,
} from '@grafana/grafana-foundation-sdk/common'
import {
  type Dashboard,
  DashboardBuilder,
  DatasourceVariableBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { PanelBuilder as Table } from '@grafana/grafana-foundation-sdk/table'
import { PanelBuilder as TimeSeries } from '@grafana/grafana-foundation-sdk/timeseries'

/** The plugin that asks an HTTP API with signed requests and makes columns of its JSON. */
const INFINITY = 'yesoreyeram-infinity-datasource'
/** As Grafana writes a variable, its own or the dashboard's. */
export const variable = (name: string): string => `\${${name}}`

const SOURCE = { type: INFINITY, uid: variable('source') }

/** A member of each element of the list, the column that it becomes, and its type. */
export interface Column {
  readonly selector: string
  readonly text: string
  readonly type: 'string' | 'number' | 'timestamp'
}

/** One question to Tollgate's HTTP API, as the plugin keeps it. */
export interface Question {
  readonly path: `/v1/${string}`
  /** The member of the answer that holds the list. */
  readonly list: string
  readonly parameters: Readonly<Record<string, string>>
  readonly columns: readonly Column[]
}

/** The range that the dashboard shows, as Grafana fills it in. */
const SHOWN = { from: variable('__from:date:iso'), to: variable('__to:date:iso') }
const LINES_MAX = '1000'

const service: Column = { selector: 'service', text: 'service', type: 'string' }
const usd = (text: string): Column => ({ selector: 'usd', text, type: 'number' })

/** The three figures of the dashboard, by their names. */
export const QUESTIONS = {
  cost_per_service: {
    path: '/v1/spend',
    list: 'lines',
    parameters: { ...SHOWN, by: 'service,hour', limit: LINES_MAX },
    columns: [{ selector: 'hour', text: 'time', type: 'timestamp' }, service, usd('cost_per_service')],
  },
  cost_per_commit: {
    path: '/v1/spend',
    list: 'lines',
    parameters: { ...SHOWN, by: 'service,commit', limit: LINES_MAX },
    columns: [
      service,
      { selector: 'commit', text: 'commit', type: 'string' },
      usd('cost_per_commit'),
      { selector: 'count', text: 'entry requests', type: 'number' },
    ],
  },
  budget_utilization_pct: {
    path: '/v1/budgets',
    list: 'budgets',
    parameters: {},
    columns: [service, { selector: 'usedPercent', text: 'budget_utilization_pct', type: 'number' }],
  },
} as const satisfies Readonly<Record<string, Question>>

/** The query of a panel: the plugin's own shape, which the SDK does not know (its types say "some query"). */
const asked = ({ path, list, parameters, columns }: Question): Builder<Dataquery> => ({
  build: () => {
    const query = {
      refId: 'A',
      datasource: SOURCE,
      type: 'json',
      source: 'url',
      parser: 'backend',
      format: 'table',
      url: path,
      url_options: { method: 'GET', params: Object.entries(parameters).map(([key, value]) => ({ key, value })) },
      root_selector: list,
      columns,
    }
    return { ...query, _implementsDataqueryVariant: () => {} }
  },
})

const perService = () =>
  new TimeSeries()
    .title('cost_per_service')
    .description('USD an hour, by service, at list price')
    .datasource(SOURCE)
    .withTarget(asked(QUESTIONS.cost_per_service))
    // The plugin answers with one table; Grafana draws a series for each service of it.
    .withTransformation({ id: 'prepareTimeSeries', options: { format: 'multi' } })
    .drawStyle(GraphDrawStyle.Bars)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal))
    .fillOpacity(80)
    .unit('currencyUSD')
    .height(10)
    .span(24)

const perCommit = () =>
  new Table()
    .title('cost_per_commit')
    .description('USD in the range shown, by service and deployed commit, the largest first')
    .datasource(SOURCE)
    .withTarget(asked(QUESTIONS.cost_per_commit))
    .overrideByName('cost_per_commit', [{ id: 'unit', value: 'currencyUSD' }])
    .height(12)
    .span(14)

const utilization = () =>
  new BarGauge()
    .title('budget_utilization_pct')
    .description("Share of each budget's limit that its rolling period has spent: an alert at 80, a throttle from 100")
    .datasource(SOURCE)
    .withTarget(asked(QUESTIONS.budget_utilization_pct))
    .reduceOptions(new ReduceDataOptionsBuilder().values(true))
    .orientation(VizOrientation.Horizontal)
    .displayMode(BarGaugeDisplayMode.Basic)
    .unit('percent')
    .min(0)
    .max(100)
    .thresholds(
      new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([
        { value: null, color: 'green' },
        { value: 80, color: 'orange' },
        { value: 100, color: 'red' },
      ]),
    )
    .height(12)
    .span(10)

/** What was spent, by whom, and how much of the budgets is left: as Grafana imports it. */
export const costDashboard = (): Dashboard =>
  new DashboardBuilder('Tollgate: cost')
    .uid('tollgate-cost')
    .tags(['tollgate'])
    .time({ from: 'now-24h', to: 'now' })
    .refresh('1m')
    .timezone('utc')
    .withVariable(new DatasourceVariableBuilder('source').label('Tollgate').type(INFINITY))
    .withPanel(perService())
    .withPanel(perCommit())
    .withPanel(utilization())
    .build()
