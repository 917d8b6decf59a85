/**
 * Grafana dashboards from a short form: rows of panels, each with its queries. Panels are laid out in thirds, in their order.
 *
 * @module
 */
export interface Query {
  /** PromQL; `$network` is a regular expression of networks, `$__rate_interval` a window that Grafana picks. */
  readonly expr: string
  readonly legend: string
}

export interface Panel {
  readonly title: string
  /** What to make of it, for who looks at it at night. */
  readonly description: string
  readonly kind: 'stat' | 'timeseries'
  /** Of Grafana: short, bytes, Bps, s, percentunit, bool. */
  readonly unit: string
  readonly queries: readonly Query[]
}

export interface Dashboard {
  readonly uid: string
  readonly title: string
  /** A choice of networks is offered. */
  readonly hasNetworks: boolean
  readonly rows: readonly { readonly title: string; readonly panels: readonly Panel[] }[]
}

const WIDTH = 24
const PANEL = { w: 8, h: 7 }
const DATASOURCE = { type: 'prometheus', uid: '${datasource}' }

const variables = ({ hasNetworks }: Dashboard) => [
  { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus' },
  ...(hasNetworks
    ? [
        {
          name: 'network',
          label: 'Network',
          type: 'query',
          datasource: DATASOURCE,
          query: { query: 'label_values(lunarx_network_epoch, network)', refId: 'network' },
          includeAll: true,
          multi: true,
          allValue: '.+',
          current: { text: 'All', value: '$__all' },
          refresh: 2,
          sort: 1,
        },
      ]
    : []),
]

const targets = (queries: readonly Query[]) =>
  queries.map(({ expr, legend }, i) => ({
    refId: String.fromCodePoint(65 + i),
    datasource: DATASOURCE,
    expr,
    legendFormat: legend,
    range: true,
  }))

const YES_NO = [{ type: 'value', options: { 0: { text: 'no', color: 'red' }, 1: { text: 'yes', color: 'green' } } }]

function panelOf({ title, description, kind, unit, queries }: Panel, id: number, gridPos: object) {
  const isClaim = unit === 'bool'
  return {
    id,
    type: kind,
    title,
    description,
    datasource: DATASOURCE,
    gridPos,
    fieldConfig: { defaults: { unit: isClaim ? 'none' : unit, min: 0, ...(isClaim ? { mappings: YES_NO } : {}) }, overrides: [] },
    options:
      kind === 'stat'
        ? { reduceOptions: { calcs: ['lastNotNull'] }, colorMode: isClaim ? 'background' : 'value' }
        : { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } },
    targets: targets(queries),
  }
}

/** As Grafana imports it, and its sidecar takes it from a ConfigMap. */
export function dashboardJson(dashboard: Dashboard): string {
  let id = 0
  let y = 0
  const panels = dashboard.rows.flatMap(({ title, panels: row }) => {
    const head = { id: ++id, type: 'row', title, collapsed: false, gridPos: { x: 0, y: y++, w: WIDTH, h: 1 }, panels: [] }
    const perLine = WIDTH / PANEL.w
    const placed = row.map((panel, i) =>
      panelOf(panel, ++id, { x: (i % perLine) * PANEL.w, y: y + Math.floor(i / perLine) * PANEL.h, ...PANEL }),
    )
    y += Math.ceil(row.length / perLine) * PANEL.h
    return [head, ...placed]
  })
  const { uid, title } = dashboard
  const made = { uid, title, tags: ['lunarx'], schemaVersion: 39, refresh: '30s', time: { from: 'now-6h', to: 'now' }, editable: true }
  return `${JSON.stringify({ ...made, templating: { list: variables(dashboard) }, panels }, null, 2)}\n`
}
