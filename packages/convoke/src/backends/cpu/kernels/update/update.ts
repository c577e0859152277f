// One step of an optimiser over any number of tensors: every element is read once and written once, in place where the
// caller wants it.

import type { Buffer, KernelSpecs } from '../../../backend.ts'
import { memoriesOf, type UpdateRule } from '../../../update-rule.ts'
import { type Program, type Target, vectorProgram } from '../../program/index.ts'
import { emitRow } from '../elementwise/elementwise.ts'
import { grainsOf, grainUnits } from '../nest.ts'
import type { KernelPlan } from '../plan.ts'
import { type CallArguments, place, planOf, programFor, rowArguments, stepOf } from '../step.ts'
import { ruleOn } from './rules.ts'

const inputName = (k: number): string => `x${k}`
const outputName = (k: number): string => `y${k}`

const count = <T>(length: number, make: (k: number) => T): T[] => Array.from({ length }, (_, k) => make(k))

function writeProgram(rule: UpdateRule, title: string, target: Target): Program {
  const memories = memoriesOf(rule)
  return vectorProgram(title, target, (b) => {
    const coefficients = b.pointer('coefficients')
    const inputs = count(2 + memories, (k) => b.pointer(inputName(k)))
    const outputs = count(1 + memories, (k) => b.pointer(outputName(k)))
    const advance = (elements: number) => {
      for (const pointer of [...inputs, ...outputs]) b.advance(pointer, 4 * elements)
    }
    emitRow(b, false, advance, (part) => {
      const tail = typeof part === 'string' ? undefined : part
      const [x, g, ...kept] = inputs.map((pointer) => b.load(pointer, 0, tail))
      ruleOn(b, rule, coefficients)(x, g, kept).forEach((value, k) => {
        b.store(outputs[k], 0, value, tail)
      })
    })
  })
}

const flagsOf = (rule: UpdateRule): string =>
  Object.entries(rule)
    .filter(([, value]) => value === true)
    .map(([name]) => ` ${name}`)
    .join('')

/** [coefficients, θ, g, …memories, …] → [θ, …memories, …]. */
export function planUpdate(
  { rule }: KernelSpecs['update'],
  inputs: readonly Pick<Buffer, 'length'>[],
  target: Target,
): KernelPlan {
  const memories = memoriesOf(rule)
  const title = `${rule.kind}${flagsOf(rule)} step`
  const program = programFor(`${title} ${target.name}`, () => writeProgram(rule, title, target))
  const tensors = (inputs.length - 1) / (2 + memories)
  const calls = count(tensors, (tensor): CallArguments[] => {
    const from = 1 + tensor * (2 + memories)
    const to = inputs.length + tensor * (1 + memories)
    const { length } = inputs[from]
    return grainsOf(length, grainUnits(length, 1)).map((grain) => ({
      coefficients: place(0, rule.kind === 'average' ? 8 * tensor : 0),
      ...Object.fromEntries(count(2 + memories, (k) => [inputName(k), place(from + k, 4 * grain.start)])),
      ...Object.fromEntries(count(1 + memories, (k) => [outputName(k), place(to + k, 4 * grain.start)])),
      ...rowArguments(target.lanes, grain.count),
    }))
  }).flat()
  return planOf([stepOf(program, calls)])
}
