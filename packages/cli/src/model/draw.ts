// `convoke inspect --draw`: the graph of a model as an SVG, laid out in layers by dagre.

import * as dagre from '@dagrejs/dagre'
import type { GraphInfo, ModelReport, NodeReport, OnnxNode, Port } from 'convoke/graph'
import { largestOf } from 'convoke/shapes'
import { engineering } from '../terminal/table.ts'
import { percent } from '../terminal/words.ts'

/** Operators by what they do, and the colours of each: its ground, and its text and frame. */
const kinds = {
  convolution: ['#dbeafe', '#1e40af'],
  product: ['#ede9fe', '#5b21b6'],
  recurrence: ['#fce7f3', '#9d174d'],
  normalisation: ['#dcfce7', '#166534'],
  activation: ['#ffedd5', '#9a3412'],
  pooling: ['#ccfbf1', '#115e59'],
  elementwise: ['#fef9c3', '#854d0e'],
  movement: ['#f1f5f9', '#334155'],
  port: ['#ffffff', '#0f172a'],
} as const

type Kind = keyof typeof kinds

const patterns: readonly (readonly [RegExp, Kind])[] = [
  [/conv|col2im/i, 'convolution'],
  [/gemm|matmul|einsum|attention/i, 'product'],
  [/^(lstm|gru|rnn)$/i, 'recurrence'],
  [/norm|lrn/i, 'normalisation'],
  [/pool|reduce|resize|upsample|gridsample|roi|argm|topk|suppression/i, 'pooling'],
  [/relu|elu$|selu|sigmoid|swish|softm|softplus|softsign|tanh|gelu|mish|clip|^erf$|dropout/i, 'activation'],
  [
    /^(add|sub|mul|div|pow|sqrt|exp|log|neg|abs|min|max|mean|sum|where|cast|mod|not|and|or|xor|equal|less|greater|floor|ceil|round|sign|reciprocal|quant|dequant)/i,
    'elementwise',
  ],
]

const kindOf = (operator: string): Kind => patterns.find(([pattern]) => pattern.test(operator))?.[1] ?? 'movement'

interface Box {
  readonly id: string
  readonly kind: Kind
  /** What stands in it: the first line is bold. */
  readonly lines: readonly string[]
  /** Multiply-accumulates over those of the box that has most. */
  readonly share: number
}

interface Arrow {
  readonly from: string
  readonly to: string
  readonly text: string
}

const shapeText = (shape: readonly (number | string | null)[] | undefined): string =>
  (shape ?? []).map((size) => size ?? '?').join('×')

/** Each node with its report; nodes that did not run have none. */
function reportsOf(nodes: readonly OnnxNode[], report: ModelReport): ReadonlyMap<OnnxNode, NodeReport> {
  const found = new Map<OnnxNode, NodeReport>()
  let at = 0
  for (const node of nodes) {
    const next = report.nodes[at]
    if (next === undefined || next.operator !== node.operator) continue
    found.set(node, next)
    at++
  }
  return found
}

const isShown = (node: NodeReport | undefined): boolean =>
  node === undefined || node.macs > 0 || node.bytes > 0 || node.parameters > 0

function boxFor(id: string, node: OnnxNode, own: NodeReport | undefined, { macs, nodes }: ModelReport): Box {
  const share = own === undefined || macs === 0 ? 0 : own.macs / macs
  const most = largestOf(nodes.map((one) => one.macs))
  const detail = own?.detail ?? ''
  const cost = own === undefined || own.macs === 0 ? [] : [`${engineering(own.macs)} MACs, ${percent(share, 1)}`]
  const path = own?.path ?? node.name
  const short = path.length > 34 ? `…${path.slice(-33)}` : path
  return {
    ...{ id, kind: kindOf(node.operator), share: own === undefined || most === 0 ? 0 : own.macs / most },
    lines: [`${node.operator}${detail === '' ? '' : ` ${detail}`}`, ...(short === '' ? [] : [short]), ...cost],
  }
}

const portBox = (id: string, { name, type }: Port, shape: readonly (number | string | null)[] | null): Box => ({
  ...{ id, kind: 'port', share: 0, lines: [name, `${type} ${shapeText(shape ?? [])}`.trim()] },
})

/** What is drawn: nodes that cost something, inputs and outputs; arrows pass through what is left out. */
function drawn({ nodes, inputs, outputs }: GraphInfo, report: ModelReport): { boxes: Box[]; arrows: Arrow[] } {
  const reports = reportsOf(nodes, report)
  const boxes: Box[] = []
  const arrows: Arrow[] = []
  // By value: the boxes that it comes from, and its shape.
  const sources = new Map<string, { readonly from: readonly string[]; readonly text: string }>()
  for (const [i, port] of inputs.entries()) {
    const shape = report.shapes[port.name] ?? port.shape
    boxes.push(portBox(`in${i}`, port, shape))
    sources.set(port.name, { from: [`in${i}`], text: shapeText(shape ?? []) })
  }
  const join = (to: string, names: readonly string[]): void => {
    const seen = new Set<string>()
    for (const name of names) {
      const source = sources.get(name)
      for (const from of source?.from ?? []) {
        if (seen.has(from)) continue
        seen.add(from)
        arrows.push({ from, to, text: source?.text ?? '' })
      }
    }
  }
  for (const [i, node] of nodes.entries()) {
    const own = reports.get(node)
    const shown = isShown(own)
    const id = `n${i}`
    const through = node.inputs.flatMap((name) => sources.get(name)?.from ?? [])
    if (shown) {
      boxes.push(boxFor(id, node, own, report))
      join(id, node.inputs)
    }
    for (const [o, name] of node.outputs.entries())
      sources.set(name, { from: shown ? [id] : [...new Set(through)], text: shapeText(own?.outputShapes[o]) })
  }
  for (const [i, port] of outputs.entries()) {
    boxes.push(portBox(`out${i}`, port, port.shape))
    join(`out${i}`, [port.name])
  }
  return { boxes, arrows }
}

const font = 'font-family="system-ui, sans-serif" font-size="12"'
const lineHeight = 16
/** Width of a sign, about: layouts need one before anything is drawn. */
const signWidth = 6.8

const sizeOf = ({ lines, kind }: Box): { width: number; height: number } => ({
  width: Math.max(kind === 'port' ? 80 : 120, largestOf(lines.map((line) => line.length)) * signWidth + 24),
  height: lines.length * lineHeight + (kind === 'port' ? 10 : 18),
})

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

interface Placed {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

const round = (value: number): string => String(Math.round(value * 10) / 10)

function boxSvg(box: Box, { x, y, width, height }: Placed): string {
  const [ground, ink] = kinds[box.kind]
  const [left, top] = [x - width / 2, y - height / 2]
  const texts = box.lines.map((line, i) => {
    const weight = i === 0 ? ' font-weight="600"' : ' opacity="0.75"'
    return `<text x="${round(x)}" y="${round(top + 5 + lineHeight * (i + 0.8))}" text-anchor="middle" fill="${ink}"${weight}>${escaped(line)}</text>`
  })
  const bar =
    box.share > 0
      ? `<rect x="${round(left + 4)}" y="${round(top + height - 7)}" width="${round((width - 8) * box.share)}" height="4" rx="2" fill="${ink}"/>`
      : ''
  const corner = box.kind === 'port' ? height / 2 : 6
  return `<g><title>${escaped(box.lines.join('\n'))}</title><rect x="${round(left)}" y="${round(top)}" width="${round(width)}" height="${round(height)}" rx="${round(corner)}" fill="${ground}" stroke="${ink}"/>${texts.join('')}${bar}</g>`
}

function arrowSvg(
  { text }: Arrow,
  { points, x, y }: { points: readonly { x: number; y: number }[]; x: number; y: number },
) {
  const [start, ...rest] = points
  // Through the middles of the stretches, so that bends are round.
  const steps = rest.slice(0, -1).map((point, i) => {
    const next = rest[i + 1]
    const end = i === rest.length - 2 ? next : { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 }
    return `Q${round(point.x)},${round(point.y)} ${round(end.x)},${round(end.y)}`
  })
  const last = rest.length === 1 ? `L${round(rest[0].x)},${round(rest[0].y)}` : ''
  const label =
    text === ''
      ? ''
      : `<text x="${round(x)}" y="${round(y + 4)}" text-anchor="middle" fill="#475569" font-size="10" stroke="#ffffff" stroke-width="3" paint-order="stroke">${escaped(text)}</text>`
  return {
    line: `<path d="M${round(start.x)},${round(start.y)}${steps.join('')}${last}" fill="none" stroke="#94a3b8" marker-end="url(#tip)"/>`,
    label,
  }
}

/** From so many boxes on, layers are found by a faster rule, which gives longer arrows. */
const many = 400

/** The graph of a model as an SVG. */
export function drawGraph(graph: GraphInfo, report: ModelReport, title: string): string {
  const { boxes, arrows } = drawn(graph, report)
  const plan = new dagre.graphlib.Graph({ multigraph: true })
  plan.setGraph({
    ...{ rankdir: 'TB', nodesep: 24, ranksep: 22, edgesep: 16, marginx: 24, marginy: 24 },
    ...(boxes.length > many && { ranker: 'longest-path' }),
  })
  for (const box of boxes) plan.setNode(box.id, sizeOf(box))
  for (const [i, { from, to, text }] of arrows.entries())
    plan.setEdge(from, to, { width: text.length * 5.6 + 6, height: 14, labelpos: 'c' }, String(i))
  dagre.layout(plan)
  const { width = 0, height = 0 } = plan.graph() as { width?: number; height?: number }
  const lines = arrows.map((arrow, i) => arrowSvg(arrow, plan.edge(arrow.from, arrow.to, String(i)) as never))
  const used = (Object.keys(kinds) as Kind[]).filter(
    (kind) => kind !== 'port' && boxes.some((box) => box.kind === kind),
  )
  const legend = used.map((kind, i) => {
    const [ground, ink] = kinds[kind]
    return `<rect x="${24 + i * 110}" y="38" width="12" height="12" rx="3" fill="${ground}" stroke="${ink}"/><text x="${41 + i * 110}" y="48" fill="#334155">${kind}</text>`
  })
  const total = `${engineering(report.macs)} MACs, ${engineering(report.parameters)} parameters`
  const head = 60
  const [wide, high] = [Math.max(width, 48 + used.length * 110, 360), height + head]
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${round(wide)} ${round(high)}" width="${round(wide)}" height="${round(high)}" ${font}>`,
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0,0L8,4L0,8z" fill="#94a3b8"/></marker></defs>',
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    `<text x="24" y="26" font-size="15" font-weight="600" fill="#0f172a">${escaped(title)}<tspan font-size="12" font-weight="400" dx="10" fill="#475569">${escaped(total)}</tspan></text>`,
    ...legend,
    `<g transform="translate(${round((wide - width) / 2)} ${head})">`,
    ...lines.map(({ line }) => line),
    ...boxes.map((box) => boxSvg(box, plan.node(box.id) as Placed)),
    ...lines.map(({ label }) => label),
    '</g></svg>',
    '',
  ].join('\n')
}
