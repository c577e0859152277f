import type { Rules } from '../context.ts'
import { listRules } from './lists.ts'
import { pointwiseRules } from './pointwise.ts'
import { reductionRules } from './reductions.ts'
import { shapeRules } from './shapes.ts'
import { spectralRules } from './spectral.ts'
import { windowRules } from './windows.ts'

/** How operators of TensorFlow are written in ONNX, by name. */
export const rules: Rules = {
  ...pointwiseRules,
  ...windowRules,
  ...shapeRules,
  ...reductionRules,
  ...listRules,
  ...spectralRules,
}
