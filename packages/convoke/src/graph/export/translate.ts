// A program of kernels as nodes of ONNX.

import type { KernelName } from '../../backends/backend.ts'
import type { Step } from '../../compile/program.ts'
import { convolution } from './convolution.ts'
import { copies } from './copies.ts'
import { deform } from './deform.ts'
import { elementwise } from './elementwise.ts'
import { indexing, indicesChecked } from './indexing.ts'
import { norms } from './norms.ts'
import { pools } from './pools.ts'
import { products } from './products.ts'
import type { Scene, Translate, Translations } from './scene.ts'
import { signals } from './signals.ts'

const translations: Translations = {
  ...{ ...elementwise, ...copies, ...convolution, ...deform },
  ...{ ...pools, ...norms, ...products, ...indexing, ...signals },
}

/** Kernels that a network can be exported with. */
export const exportedKernels = Object.keys(translations) as readonly KernelName[]

/** Writes the nodes of all steps. */
export function translate(steps: readonly Step[], scene: Scene): void {
  const { draft } = scene
  for (const step of steps) {
    if (scene.done.has(step)) continue
    draft.path = step.path
    if (step.kernel === null) indicesChecked(step.range, step.inputs, step.outputs, scene)
    else {
      const own = translations[step.kernel.name] as Translate<KernelName> | undefined
      if (own === undefined) {
        throw draft.refusal(
          `runs the kernel ${step.kernel.name}, which belongs to training and has no operator in ONNX. Export the network that predicts, without losses and gradients.`,
        )
      }
      own(step, scene)
    }
  }
  draft.path = ''
}
