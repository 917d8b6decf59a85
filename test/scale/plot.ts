/**
 * Lines as SVG: axes with a few marks, a legend, nothing else. Readable on light and dark.
 *
 * @module
 */
import type { Plot } from './report.ts'

const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP, LEGEND] = [760, 380, 60, 50, 34, 210]
const COLOURS = ['#3b82f6', '#ef4444', '#10b981', '#f59e0b', '#8b5cf6', '#64748b']
const GREY = '#808080'
const MARKS = 5

export function drawPlot({ title, x, y, isLogX, lines }: Plot): string {
  const points = lines.flatMap(({ points: some }) => some)
  const scale = (value: number): number => (isLogX ? Math.log10(value) : value)
  const [left, right] = [Math.min(...points.map(([at]) => scale(at))), Math.max(...points.map(([at]) => scale(at)))]
  const top = Math.max(...points.map(([, value]) => value)) * 1.05
  const px = (at: number): number => LEFT + ((scale(at) - left) / (right - left || 1)) * (WIDTH - LEFT - LEGEND)
  const py = (value: number): number => HEIGHT - BOTTOM - (value / (top || 1)) * (HEIGHT - BOTTOM - TOP)
  const text = (at: readonly [number, number], words: string, more = ''): string =>
    `<text x="${fixed(at[0])}" y="${fixed(at[1])}" fill="${GREY}" font-size="12" ${more}>${escaped(words)}</text>`
  const marks = Array.from({ length: MARKS + 1 }, (_, i) => i / MARKS)
  const xMarks = marks.map((share) => {
    const at = left + share * (right - left)
    return text([LEFT + share * (WIDTH - LEFT - LEGEND), HEIGHT - BOTTOM + 18], short(isLogX ? 10 ** at : at), 'text-anchor="middle"')
  })
  const yMarks = marks.map((share) => text([LEFT - 8, py(share * top) + 4], short(share * top), 'text-anchor="end"'))
  const drawn = lines.map(({ points: some }, i) => {
    const path = some.map(([at, value], n) => `${n === 0 ? 'M' : 'L'}${fixed(px(at))} ${fixed(py(value))}`).join('')
    return `<path d="${path}" fill="none" stroke="${COLOURS[i % COLOURS.length]}" stroke-width="2"/>`
  })
  const legend = lines.map(
    ({ name }, i) =>
      `<rect x="${WIDTH - LEGEND + 14}" y="${TOP + 20 * i}" width="12" height="4" fill="${COLOURS[i % COLOURS.length]}"/>${text([WIDTH - LEGEND + 32, TOP + 6 + 20 * i], name)}`,
  )
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" role="img" aria-label="${escaped(title)}">`,
    text([LEFT, 18], title, 'font-weight="bold"'),
    `<path d="M${LEFT} ${TOP}V${HEIGHT - BOTTOM}H${WIDTH - LEGEND}" fill="none" stroke="${GREY}"/>`,
    ...xMarks,
    ...yMarks,
    text([(LEFT + WIDTH - LEGEND) / 2, HEIGHT - 10], x, 'text-anchor="middle"'),
    text([LEFT + 6, TOP + 4], y),
    ...drawn,
    ...legend,
    '</svg>',
    '',
  ].join('\n')
}

const fixed = (value: number): string => value.toFixed(1)
const short = (value: number): string => String(Number(value.toPrecision(2)))
const escaped = (words: string): string => words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
