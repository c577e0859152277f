// Curves by uPlot, in the page's colours. Loaded when there is something to draw.

import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { theme } from '../ui/theme.ts'
import { wholeText } from './formats.ts'

export interface Curve {
  readonly label: string
  /** A colour of the page: `--orange`. */
  readonly colour: string
  readonly width: number
  readonly points?: boolean
  readonly dashed?: boolean
}

export interface ChartProps {
  /** What it shows, in words. */
  readonly label: string
  readonly xLabel: string
  /** x values, then those of each curve; null where it has none. */
  readonly data: readonly (readonly (number | null)[])[]
  readonly curves: readonly Curve[]
  /** Ends of the y axis; found from the data when not given. */
  readonly range?: readonly [number, number] | undefined
  readonly format?: (value: number) => string
  /** Texts at the points of the first curve. */
  readonly names?: readonly string[]
  readonly logarithmic?: boolean
  readonly height?: number
  /** Receives the canvas, from which a picture can be made. */
  readonly onCanvas?: (canvas: HTMLCanvasElement) => void
}

/** 1, 2 and 5 times powers of ten between two numbers; powers alone where those are many. */
function roundValues(low: number, high: number): number[] {
  const parts = high / low > 200 ? [1] : [1, 2, 5]
  const found: number[] = []
  for (let power = 10 ** Math.floor(Math.log10(low)); power <= high; power *= 10)
    for (const part of parts) if (part * power >= low && part * power <= high) found.push(part * power)
  return found
}

const font = '12px system-ui, sans-serif'

export function Chart(props: ChartProps) {
  const { data, curves, range, format, xLabel, label, names, logarithmic = false, height = 180, onCanvas } = props
  const box = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | undefined>(undefined)
  const shown = useRef(names)
  shown.current = names
  const colour = theme.value
  const kind = curves.map((curve) => curve.label).join()
  useEffect(() => {
    const element = box.current
    if (element === null) return
    const style = getComputedStyle(document.documentElement)
    const read = (name: string): string => style.getPropertyValue(name).trim()
    const axis = {
      ...{ stroke: read('--quiet'), font, ticks: { show: false } },
      grid: { stroke: read('--line'), width: 1 },
    }
    const write = (at: uPlot): void => {
      const texts = shown.current
      if (texts === undefined) return
      at.ctx.save()
      at.ctx.fillStyle = read('--ink')
      at.ctx.textAlign = 'left'
      at.ctx.textBaseline = 'middle'
      at.ctx.font = `${12 * devicePixelRatio}px system-ui, sans-serif`
      for (const [i, text] of texts.entries()) {
        const [x, y] = [at.data[0][i], at.data[1][i]]
        if (x === undefined || typeof y !== 'number') continue
        at.ctx.fillText(text, at.valToPos(x, 'x', true) + 8 * devicePixelRatio, at.valToPos(y, 'y', true))
      }
      at.ctx.restore()
    }
    const made = new uPlot(
      {
        ...{ width: Math.max(element.clientWidth, 160), height, legend: { show: false }, cursor: { show: false } },
        scales: {
          x: logarithmic
            ? { time: false, distr: 3, range: (_, low, high) => [low / 1.6, high * 2] }
            : { time: false, range: (_, __, high) => [0, Math.max(high, 1)] },
          y: range === undefined ? {} : { range: [range[0], range[1]] },
        },
        axes: [
          {
            ...{ ...axis, label: xLabel, labelFont: font, labelSize: 18, size: 28, space: 60 },
            ...(logarithmic && {
              splits: (_: uPlot, __: number, low: number, high: number) => roundValues(low, high),
              values: (_: uPlot, values: number[]) => values.map(wholeText),
              // By itself it leaves all but powers of ten unnamed.
              filter: (_: uPlot, splits: number[]) => splits,
            }),
          },
          {
            ...axis,
            size: 48,
            ...(format && { values: (_, values) => values.map((v) => (v === null ? '' : format(v))) }),
          },
        ],
        series: [
          {},
          ...curves.map(
            (curve): uPlot.Series => ({
              ...{ label: curve.label, stroke: read(curve.colour), width: curve.width, spanGaps: true },
              ...(curve.dashed ? { dash: [5, 4] } : {}),
              ...(curve.width === 0 ? { paths: () => null } : {}),
              points: { show: curve.points ?? false, size: 8, fill: read(curve.colour) },
            }),
          ),
        ],
        hooks: { draw: [write] },
      },
      data as unknown as uPlot.AlignedData,
      element,
    )
    plot.current = made
    onCanvas?.(made.ctx.canvas)
    const watcher = new ResizeObserver(() => {
      const width = Math.max(element.clientWidth, 160)
      if (width !== made.width) made.setSize({ width, height })
    })
    watcher.observe(element)
    return () => {
      watcher.disconnect()
      made.destroy()
      plot.current = undefined
    }
  }, [colour, kind, xLabel, logarithmic])
  useEffect(() => {
    plot.current?.setData(data as unknown as uPlot.AlignedData)
  }, [data])
  return <div class="chart" ref={box} role="img" aria-label={label} />
}
