// A convolution as tiles: which tile, which panels of the filter, which tasks.

import type { ConvSpec } from '../../../../shapes/conv-spec.ts'
import type { Epilogue } from '../../../backend.ts'
import { liftAxes } from '../../../reference/conv.ts'
import type { Target } from '../../program/index.ts'
import { activationArguments } from '../math/activation.ts'
import type { Derived, KernelPlan, KernelStep } from '../plan.ts'
import { type CallArguments, place, stepOf } from '../step.ts'
import { chooseTile, type TileChoice } from './choose-tile.ts'
import { grouped, type Panel, packSteps, panelAt, panelBytes, panelsOf, shapeKey } from './panels.ts'
import { fitsGrouped, groupedSpan, type Reduction } from './reduction.ts'
import { encodeTable, rowEntry } from './tables.ts'
import { tileProgram } from './tile-program.ts'
import { type Geometry, tileConvolution } from './tiling.ts'

export interface DirectQuestion {
  readonly conv: ConvSpec
  readonly epilogue: Epilogue | null
  readonly target: Target
  readonly threads: number
}

/** Which buffers of the plan are what. */
function buffersOf(epilogue: Epilogue | null) {
  const bias = 2
  const residual = epilogue?.bias ? 3 : 2
  const output = 2 + (epilogue?.bias ? 1 : 0) + (epilogue?.residual ? 1 : 0)
  return { input: 0, filter: 1, bias, residual, output, table: output + 1, panels: output + 2 }
}

export function reductionOf({ inputChannels, outputChannels, groups }: ConvSpec, target: Target): Reduction {
  const [inputs, outputs] = [inputChannels / groups, outputChannels / groups]
  return groups > 1 && fitsGrouped(target, inputs, outputs) ? { kind: 'grouped', inputs, outputs } : { kind: 'dense' }
}

function geometryOf(conv: ConvSpec, reduction: Reduction): Geometry {
  const axes = liftAxes(conv)
  const { inputChannels, outputChannels, groups, batch } = conv
  const { dilation } = axes[2]
  const perGroup = inputChannels / groups
  // A step is a tap where lanes hold several groups, and where there is one channel.
  const byTap = reduction.kind === 'grouped' || perGroup === 1
  return {
    ...{ axes, batch, inputPitch: inputChannels, outputPitch: outputChannels },
    steps: reduction.kind === 'grouped' ? 1 : perGroup,
    inputStep: byTap ? dilation * inputChannels * 4 : 4,
    tapsFollow: byTap || (dilation === 1 && groups === 1),
  }
}

/** The filter's panels, and for each the first input channel it reads. */
function filterPanels(
  { conv, target }: DirectQuestion,
  reduction: Reduction,
  most: number,
): { panel: Panel; input: number }[] {
  const { inputChannels, outputChannels, groups } = conv
  if (reduction.kind === 'grouped') {
    const span = groupedSpan(target.lanes, reduction)
    return panelsOf(target.lanes, outputChannels, most).map((panel) => ({ panel, input: panel.start * span }))
  }
  const [perIn, perOut] = [inputChannels / groups, outputChannels / groups]
  const vectors = Math.ceil(perOut / target.lanes)
  return Array.from({ length: groups }, (_, group) =>
    panelsOf(target.lanes, perOut, most, group * perOut, group * vectors).map((panel) => ({
      panel,
      input: group * perIn,
    })),
  ).flat()
}

/** Tasks much shorter than this many multiply-adds of a vector are not worth handing out. */
const leastTask = 50_000
const tasksAThread = 8

export function planDirect(question: DirectQuestion): KernelPlan {
  const { conv, epilogue, target, threads } = question
  const reduction = reductionOf(conv, target)
  const geometry = geometryOf(conv, reduction)
  const choice: TileChoice = chooseTile(question, reduction, geometry)
  const panels = filterPanels(question, reduction, choice.vectors)
  const tiling = tileConvolution(geometry, choice.cut, choice.unroll)
  const buffers = buffersOf(epilogue)
  const taps = conv.kernel.reduce((product, size) => product * size, 1)
  const filterRows = taps * (conv.inputChannels / conv.groups)

  const rows = tiling.table.rows.length
  const wanted = Math.min(tasksAThread * threads, Math.floor(choice.work / leastTask))
  const parts = Math.max(1, Math.min(rows, Math.ceil(wanted / panels.length)))
  const cuts = Array.from({ length: parts + 1 }, (_, i) => Math.floor((i * rows) / parts))

  const callsOf = ({ panel, input }: { panel: Panel; input: number }): CallArguments[] =>
    cuts.slice(1).map((end, i) => ({
      input: place(buffers.input, input * 4),
      filter: place(buffers.panels, panelAt(target, filterRows, panel)),
      output: place(buffers.output, panel.first * 4),
      bias: place(buffers.bias, panel.first * 4),
      residual: place(buffers.residual, panel.first * 4),
      table: place(buffers.table, 0),
      row: place(buffers.table, cuts[i] * rowEntry.bytes),
      rows: end - cuts[i],
      ...activationArguments(epilogue?.activation ?? null),
    }))
  const name = `${reduction.kind === 'dense' ? 'direct' : reduction.inputs * reduction.outputs === 1 ? 'depthwise' : 'grouped'} ${tiling.pixels.length}x${choice.vectors}`
  const steps = grouped(panels, ({ panel }) => shapeKey(panel)).map((group, index): KernelStep => {
    const { vectors, lastLanes } = group[0].panel
    const perStep = reduction.kind === 'grouped' ? reduction.inputs : 1
    const program = tileProgram(name, target, {
      ...{ reduction, pixels: tiling.pixels, vectors, lastLanes, loops: tiling.loops, fewest: tiling.fewest, epilogue },
      outputStep: conv.outputChannels * 4,
      inputStep: geometry.inputStep,
      filterStep: perStep * vectors * target.lanes * 4,
    })
    const step = stepOf(program, group.flatMap(callsOf))
    return index === 0 ? step : { ...step, joins: true }
  })
  const list = panels.map(({ panel }) => panel)
  const derived: Derived = {
    input: buffers.filter,
    bytes: panelBytes(target, filterRows, list),
    key: `panels ${target.lanes} ${filterRows} ${list.map((panel) => `${panel.first}:${panel.vectors}`).join()}`,
    steps: packSteps({
      ...{ target, panels: list, rows: filterRows, columns: conv.outputChannels },
      ...{ from: buffers.filter, to: buffers.panels },
    }),
  }
  return Object.freeze({
    name: steps[0].program.name,
    steps,
    scratch: [],
    tables: [encodeTable(tiling.table)],
    derived: [derived],
  })
}
