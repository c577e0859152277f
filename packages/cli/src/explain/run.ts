// `convoke explain`: every step of a small convolution, with its numbers.

import type { Matrix } from 'convoke-workbench'
import { asUsage, UsageError } from '../errors.ts'
import { readKernel, readMatrix } from '../kernel/read-kernel.ts'
import { readSlideOptions, readWhole, type SlideText } from '../options/slide-options.ts'
import { print, printJson } from '../terminal/output.ts'
import { type Explanation, explain, formulaOf, type Step, sizeOf } from './explanation.ts'
import { render } from './render.ts'

export interface ExplainText extends SlideText {
  readonly input: string
  readonly kernel: string
  readonly convolve: boolean
  readonly step?: string
  readonly json: boolean
}

const largestInput = 256
/** Steps that JSON lists without being asked for one. */
const mostSteps = 4096

export async function runExplain(text: ExplainText): Promise<void> {
  const options = readSlideOptions(text)
  const input = await readMatrix(text.input, 'input')
  const kernels = await readKernel(text.kernel)
  if (kernels.length !== 1)
    throw new UsageError(
      `kernel ${text.kernel} is a pair. Explain one of ${kernels.map(({ name }) => name).join(', ')}.`,
    )
  checkSmall(input)
  const explanation = asUsage(() => explain(input, kernels[0].rows, options, text.convolve))
  const step = text.step === undefined ? undefined : readStep(text.step, explanation)
  if (text.json) printJson(asJson(explanation, step))
  else print(render(explanation, step).join('\n'))
}

function checkSmall(input: Matrix): void {
  if (input.length > largestInput || input[0].length > largestInput)
    throw new UsageError(
      `the input is ${input.length} × ${input[0].length}; explain takes ${largestInput} a side at most. Use a part of it, or \`convoke apply\` for pictures.`,
    )
}

function readStep(text: string, { output, step }: Explanation): Step {
  const parts = text.split(',')
  if (parts.length !== 2) throw new UsageError(`--step is "${text}". Give a row and a column, as in --step 0,1.`)
  const [row, column] = parts.map((part) => readWhole('step', part, 0))
  if (row >= output.length || column >= output[0].length)
    throw new UsageError(
      `--step ${row},${column} lies outside the output of ${output.length} × ${output[0].length}. Use rows 0 to ${output.length - 1} and columns 0 to ${output[0].length - 1}.`,
    )
  return step(row, column)
}

function asJson(explanation: Explanation, only: Step | undefined) {
  const { operation, input, kernel, sliding, options, placement, padded, output } = explanation
  const [rows, columns] = placement
  const axis = ({ before, after, stride, dilation, output }: typeof rows) => ({
    before,
    after,
    stride,
    dilation,
    output,
  })
  const count = rows.output * columns.output
  const listed = Array.from({ length: count > mostSteps ? 0 : count }, (_, index) =>
    explanation.step(Math.floor(index / columns.output), index % columns.output),
  )
  return {
    operation,
    formula: formulaOf(explanation),
    input,
    kernel,
    sliding,
    boundary: options.boundary,
    rows: { ...axis(rows), size: sizeOf(rows) },
    columns: { ...axis(columns), size: sizeOf(columns) },
    padded,
    steps: (only === undefined ? listed : [only]).map(({ output, corner, window, products, sum }) => ({
      output,
      corner,
      window,
      products,
      sum,
    })),
    output,
  }
}
