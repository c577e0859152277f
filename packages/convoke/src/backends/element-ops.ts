// What elementwise kernels compute.

export type UnaryOp =
  | ('negate' | 'abs' | 'sign' | 'square' | 'sqrt' | 'rsqrt' | 'reciprocal' | 'exp' | 'expm1' | 'log' | 'log1p')
  | ('sin' | 'cos' | 'tan' | 'asin' | 'acos' | 'atan' | 'sinh' | 'cosh' | 'asinh' | 'acosh' | 'atanh')
  /** The derivative of gelu, Φ(x) + x·φ(x). */
  | 'geluSlope'
  | ('erf' | 'floor' | 'ceil' | 'round' | 'trunc' | 'logicalNot' | 'isNaN' | 'isFinite')
  | Activation['kind']

export type BinaryOp =
  | (
      | 'add'
      | 'subtract'
      | 'multiply'
      | 'divide'
      | 'floorDivide'
      | 'remainder'
      | 'power'
      | 'maximum'
      | 'minimum'
      | 'atan2'
    )
  | ('equal' | 'notEqual' | 'greater' | 'greaterEqual' | 'less' | 'lessEqual')
  | ('logicalAnd' | 'logicalOr' | 'logicalXor')

/** An activation with its constants, as an elementwise kernel or in the epilogue of a convolution. */
export type Activation =
  | {
      readonly kind:
        | 'relu'
        | 'selu'
        | 'gelu'
        | 'geluTanh'
        | 'silu'
        | 'mish'
        | 'softplus'
        | 'softsign'
        | 'hardSwish'
        | 'sigmoid'
        | 'tanh'
    }
  | { readonly kind: 'leakyRelu' | 'elu'; readonly alpha: number }
  | { readonly kind: 'hardSigmoid'; readonly alpha: number; readonly beta: number }
  | { readonly kind: 'clip'; readonly low: number; readonly high: number }

/** Activations whose derivative follows from their result alone; `leakyRelu` where alpha is above 0. */
export type InvertibleActivation =
  | { readonly kind: 'relu' | 'sigmoid' | 'tanh' }
  | { readonly kind: 'leakyRelu'; readonly alpha: number }
  | Extract<Activation, { readonly kind: 'hardSigmoid' | 'clip' }>
