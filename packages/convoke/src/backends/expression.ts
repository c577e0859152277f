// Expressions of numbers, element by element, as text that a backend reads: what several elementwise kernels would take
// several passes for. A line a step, `name operand operand …`; operands are inputs (x0, x1, …), numbers given with the
// expression (c0, c1, …), numbers written out, and the results of earlier steps (t0, t1, …). The last step is the result.
//
//     less x1 0
//     multiply x0 c0
//     where t0 t1 x0

/** Functions of one number that an expression may apply. */
export type ExpressionUnary =
  | ('negate' | 'abs' | 'sign' | 'square' | 'sqrt' | 'rsqrt' | 'reciprocal' | 'exp' | 'sinh' | 'cosh')
  | ('tanh' | 'erf' | 'sigmoid' | 'softplus' | 'geluSlope')

export type ExpressionBinary = 'add' | 'subtract' | 'multiply' | 'divide' | 'maximum' | 'minimum'

/** Questions, which only `where`, `and`, `or` and `not` read. */
export type ExpressionTest = 'equal' | 'greater' | 'less' | 'isFinite' | 'and' | 'or' | 'not'

export type ExpressionOp = ExpressionUnary | ExpressionBinary | ExpressionTest | 'where'

export type ExpressionOperand =
  | { readonly kind: 'input' | 'constant' | 'step'; readonly index: number }
  | { readonly kind: 'number'; readonly value: number }

export interface ExpressionStep {
  readonly op: ExpressionOp
  readonly operands: readonly ExpressionOperand[]
}

const kinds = { x: 'input', c: 'constant', t: 'step' } as const

function operandOf(word: string): ExpressionOperand {
  const first = word[0]
  return first === 'x' || first === 'c' || first === 't'
    ? { kind: kinds[first], index: Number(word.slice(1)) }
    : { kind: 'number', value: Number(word) }
}

/** The steps that a text says; none where it says nothing. */
export const expressionSteps = (text: string): readonly ExpressionStep[] =>
  text === ''
    ? []
    : text.split('\n').map((line) => {
        const [op, ...operands] = line.split(' ')
        return { op: op as ExpressionOp, operands: operands.map(operandOf) }
      })
