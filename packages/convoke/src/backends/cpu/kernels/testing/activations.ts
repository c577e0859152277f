import type { Activation } from '../../../backend.ts'

/** Every activation that an epilogue may have. */
export const everyActivation: readonly Activation[] = [
  ...(['relu', 'selu', 'gelu', 'geluTanh', 'silu', 'mish', 'softplus', 'softsign'] as const).map((kind) => ({ kind })),
  ...(['hardSwish', 'sigmoid', 'tanh'] as const).map((kind) => ({ kind })),
  ...(['leakyRelu', 'elu'] as const).map((kind) => ({ kind, alpha: 0.3 })),
  { kind: 'hardSigmoid', alpha: 0.25, beta: 0.5 },
  { kind: 'clip', low: -0.5, high: 1 },
]
