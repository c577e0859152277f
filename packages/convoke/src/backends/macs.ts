// Multiply-accumulates of kernels, for whatever counts them: a table beside the kernels, so that networks that run alone need not carry it.

import { sizeOf } from '../shapes/broadcast.ts'
import { type ConvSpec, convShapes } from '../shapes/conv-spec.ts'
import { gatesOf, type Kernel, type KernelName, type KernelSpecs } from './backend.ts'

/** The same for a convolution and its adjoint. Taps on padding count like any other. */
const ofConv = ({ conv }: { readonly conv: ConvSpec }): number =>
  sizeOf(convShapes(conv).filter) * conv.batch * sizeOf(conv.outputSize)

const counts: { readonly [K in KernelName]?: (spec: KernelSpecs[K]) => number } = {
  conv: ofConv,
  convTranspose: ofConv,
  matmul: ({ batch, m, n, k }) => batch * m * n * k,
  recurrence: ({ kind, batch, steps, hidden }) => batch * steps * gatesOf(kind) * hidden * hidden,
}

/** Of convolutions and matrix products; 0 of others. */
export const macsOf = <K extends KernelName>({ name }: Kernel<K>, spec: KernelSpecs[K]): number =>
  (counts[name] as ((spec: KernelSpecs[K]) => number) | undefined)?.(spec) ?? 0
