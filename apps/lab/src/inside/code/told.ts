// What the programs are written from.

import type { LayerFact, OpenedNetwork, ProgramFacts } from '../task.ts'

export const networkFile = 'network.onnx'
export const insideFile = 'inside.safetensors'

export interface Told {
  readonly facts: ProgramFacts
  readonly form: OpenedNetwork['form']
  readonly layers: readonly LayerFact[]
  readonly layer: number
  readonly channel: number
  readonly cam: { readonly layer: number; readonly class: number } | undefined
  readonly occlusion: { readonly class: number; readonly patch: number; readonly stride: number } | undefined
}

export const numbersText = (values: readonly number[]): string => `[${values.join(', ')}]`
