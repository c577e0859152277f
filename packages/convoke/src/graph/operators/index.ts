import type { Operator } from '../call.ts'
import { attentions } from './attention.ts'
import { control } from './control.ts'
import { convolution } from './convolution.ts'
import { elementwise } from './elementwise.ts'
import { indexing } from './indexing.ts'
import { linearAttentions } from './linear-attention.ts'
import { losses } from './losses.ts'
import { microsoft } from './microsoft.ts'
import { normalization } from './normalization.ts'
import { products } from './products.ts'
import { quantization } from './quantization.ts'
import { quantizedProducts } from './quantized-products.ts'
import { random } from './random.ts'
import { recurrences } from './recurrence.ts'
import { reductions } from './reductions.ts'
import { regions } from './regions.ts'
import { resizing } from './resizing.ts'
import { sampling } from './sampling.ts'
import { shapes } from './shapes.ts'
import { signals } from './signals.ts'
import { tensorflow } from './tensorflow.ts'

/** The operators of ONNX's own domain, by name. */
export const operators: Readonly<Record<string, Operator>> = {
  ...elementwise,
  ...convolution,
  ...normalization,
  ...resizing,
  ...reductions,
  ...products,
  ...shapes,
  ...indexing,
  ...losses,
  ...random,
  ...signals,
  ...control,
  ...recurrences,
  ...quantizedProducts,
  ...quantization,
  ...regions,
  ...sampling,
  ...linearAttentions,
  ...attentions,
}

/** All operators, by domain and name. */
export const domains: Readonly<Record<string, Readonly<Record<string, Operator>>>> = {
  '': operators,
  'com.microsoft': microsoft,
  'ai.convoke.tf': tensorflow,
}
