// What elementwise kernels compute.

/** A function of one element. */
export type UnaryOp =
  | ('negate' | 'abs' | 'sign' | 'square' | 'sqrt' | 'rsqrt' | 'reciprocal' | 'exp' | 'expm1' | 'log' | 'log1p')
  | ('sin' | 'cos' | 'tan' | 'asin' | 'acos' | 'atan' | 'sinh' | 'cosh' | 'asinh' | 'acosh' | 'atanh')
  /** The derivative of gelu, Φ(x) + x·φ(x). */
  | 'geluSlope'
  | ('erf' | 'floor' | 'ceil' | 'round' | 'trunc' | 'logicalNot' | 'isNaN' | 'isFinite')
  | Activation['kind']

/** A function of two elements. */
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
      /** Name of the function. */
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
  | {
      /** Name of the function. */
      readonly kind: 'leakyRelu' | 'elu'
      /** Slope below 0, of `elu` the distance of its limit from 0. */
      readonly alpha: number
    }
  | {
      /** Name of the function. */
      readonly kind: 'hardSigmoid'
      /** Slope between the flat ends. */
      readonly alpha: number
      /** Result for x = 0. */
      readonly beta: number
    }
  | {
      /** Name of the function. */
      readonly kind: 'clip'
      /** The least result. */
      readonly low: number
      /** The greatest result. */
      readonly high: number
    }

/** Activations whose derivative follows from their result alone; `leakyRelu` where alpha is above 0. */
export type InvertibleActivation =
  | {
      /** Name of the function. */
      readonly kind: 'relu' | 'sigmoid' | 'tanh'
    }
  | {
      /** Name of the function. */
      readonly kind: 'leakyRelu'
      /** Slope below 0. */
      readonly alpha: number
    }
  | Extract<Activation, { readonly kind: 'hardSigmoid' | 'clip' }>
