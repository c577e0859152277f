// A line over training steps, with its axis.

interface CurveProps {
  readonly label: string
  readonly points: readonly (readonly [step: number, value: number])[]
  /** Steps across the whole width. */
  readonly steps: number
  /** Value at the top; 0 is at the bottom. */
  readonly most: number
  readonly ticks: readonly (readonly [value: number, text: string])[]
  readonly class: string
  readonly dots?: boolean
}

const [width, height, left, top, bottom] = [320, 110, 40, 8, 8]

export function Curve({ label, points, steps, most, ticks, class: kind, dots = false }: CurveProps) {
  const x = (step: number): number => left + ((width - left - 4) * step) / Math.max(steps, 1)
  const y = (value: number): number => height - bottom - ((height - top - bottom) * Math.min(value, most)) / most
  const line = points.map(([step, value]) => `${x(step).toFixed(1)},${y(value).toFixed(1)}`)
  const last = points.at(-1)
  return (
    <svg class={`curve ${kind}`} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
      {ticks.map(([value, text]) => (
        <g key={text}>
          <line x1={left} x2={width - 4} y1={y(value)} y2={y(value)} class="tick" />
          <text x={left - 6} y={y(value)}>
            {text}
          </text>
        </g>
      ))}
      <polyline points={line.join(' ')} />
      {dots && points.map(([step, value]) => <circle key={step} cx={x(step)} cy={y(value)} r="2" />)}
      {last !== undefined && <circle cx={x(last[0])} cy={y(last[1])} r="3.5" />}
    </svg>
  )
}
