// The filter that is shown, on the n-gram that won: vectors, kernel, products, and what becomes of their sum.

import { largestIn, strengthOf } from '../ui/tint.ts'
import { operandText } from '../words/formula.ts'
import { showNumber } from '../words/numbers.ts'
import { textMessages } from './messages.ts'
import type { TextModel } from './model.ts'
import { isUnknown, phraseOf } from './phrases.ts'
import type { Reading, TextAnswer } from './task.ts'

interface ArithmeticProps {
  readonly model: TextModel
  readonly answer: TextAnswer
  readonly reading: Reading
}

export function ArithmeticPanel({ model, answer, reading }: ArithmeticProps) {
  const words = textMessages()
  const filter = model.filter.value
  if (filter === undefined) return null
  const { window, map, winner, kernel, products, bias, sum, pooled, weight, contribution } = filter
  const rows = kernel.map((_, i) => reading.tokens[winner + i])
  const heads = rows.map((token) => (token === undefined ? words.nothing : token.text))
  const productsSum = sum - bias
  return (
    <section class="card arithmetic" aria-labelledby="arithmetic">
      <h2 id="arithmetic">{words.arithmetic}</h2>
      <p class="note" data-name="phrase">
        {words.arithmeticOf(words.filterName(window, map), phraseOf(answer, reading, filter) || words.nothing)}
      </p>
      <div class="arithmetic-parts">
        <Numbers
          name={words.vectors}
          id="vectors"
          rows={filter.words}
          heads={heads}
          dim={rows.map((t) => t !== undefined && isUnknown(t))}
        />
        <Numbers name={words.kernel} sign="×" id="kernel" rows={kernel} />
        <Numbers name={words.products} sign="=" id="products" rows={products} />
      </div>
      <ol class="steps">
        <li data-name="sum">{words.sumLine(showNumber(productsSum), showNumber(bias), showNumber(sum))}</li>
        <li data-name="relu">{words.reluLine(showNumber(sum), showNumber(pooled))}</li>
        <li data-name="contribution">
          {words.weightLine(showNumber(pooled), operandText(weight), showNumber(contribution))}
        </li>
      </ol>
    </section>
  )
}

/** Three digits or so: more do not fit. Small numbers are 0. */
const hundredths = (value: number): string => showNumber(Math.round(100 * value) / 100, Math.abs(value) < 9.995 ? 2 : 1)

interface NumbersProps {
  readonly name: string
  readonly sign?: string
  readonly id: string
  readonly rows: readonly (readonly number[])[]
  readonly heads?: readonly string[]
  readonly dim?: readonly boolean[]
}

function Numbers({ name, sign, id, rows, heads, dim }: NumbersProps) {
  const largest = largestIn(rows.flat())
  return (
    <figure class="block" data-name={id}>
      <figcaption>
        {sign !== undefined && <span class="block-sign">{sign}</span>} {name}
      </figcaption>
      {rows.map((row, i) => (
        <div key={i} class="block-row">
          <span class={dim?.[i] ? 'block-head unknown' : 'block-head'}>{heads?.[i]}</span>
          <div class="block-cells">
            {row.map((value, column) => (
              <span
                key={column}
                class={value < 0 ? 'number-box negative' : 'number-box'}
                style={{ '--strength': Math.abs(strengthOf(value, largest)).toFixed(3) }}
              >
                {hundredths(value)}
              </span>
            ))}
          </div>
        </div>
      ))}
    </figure>
  )
}
