// How one pixel comes about: the window, the kernel, the products and their sum.

import type { Matrix } from 'convoke-workbench'
import { largestIn, strengthOf } from '../ui/tint.ts'
import { showNumber } from '../words/numbers.ts'
import { filtersMessages } from './messages.ts'
import type { FiltersModel } from './model.ts'

/** Windows up to this side show their numbers. */
const numberedSide = 11

export function ProbePanel({ model }: { readonly model: FiltersModel }) {
  const words = filtersMessages()
  const probe = model.probe.value
  const { pixel } = model.state.value
  const { width, height } = model.picture.value
  const at = [Math.min(pixel[0], height - 1), Math.min(pixel[1], width - 1)] as const
  return (
    <section class="card probe" aria-labelledby="probe">
      <h2 id="probe">{words.pixel}</h2>
      <p class="note">{words.pixelAt(at[0], at[1])}</p>
      {probe === undefined ? (
        <p>{words.none}</p>
      ) : (
        <>
          <div class="probe-parts">
            <Numbers name={words.window} rows={probe.window} grey />
            <span class="sign" aria-hidden="true">
              ·
            </span>
            <Numbers name={words.kernel} rows={probe.kernel} />
            <span class="sign" aria-hidden="true">
              =
            </span>
            <Numbers name={words.products} rows={probe.products} />
          </div>
          {probe.kernel.length > numberedSide && (
            <p class="hint">{words.tooManyTaps(probe.kernel.length * probe.kernel[0].length)}</p>
          )}
          <p class="probe-sum">{words.pixelSum(showNumber(probe.sum, 2))}</p>
          <p class="hint">{words.firstChannel}</p>
        </>
      )}
    </section>
  )
}

interface NumbersProps {
  readonly name: string
  readonly rows: Matrix
  /** Cells as dark or light as the picture, in place of tints by sign. */
  readonly grey?: boolean
}

function Numbers({ name, rows, grey = false }: NumbersProps) {
  const largest = largestIn(rows.flat())
  const numbered = rows.length <= numberedSide && rows[0].length <= numberedSide
  return (
    <figure class="numbers">
      <figcaption>{name}</figcaption>
      <div class="numbers-grid" style={{ '--columns': rows[0].length }} data-name={name}>
        {rows.flatMap((line, row) =>
          line.map((value, column) => {
            const text = numbered ? showNumber(value, Math.abs(value) >= 10 ? 0 : 2) : ''
            const level = Math.min(Math.max(value / 255, 0), 1)
            return (
              <span
                key={`${row},${column}`}
                class={grey ? `level ${level > 0.5 ? 'light' : 'dark'}` : value < 0 ? 'negative' : 'positive'}
                style={{
                  '--strength': Math.abs(strengthOf(value, largest)).toFixed(3),
                  '--level': `${Math.round(100 * level)}%`,
                  '--length': text.length,
                }}
              >
                {text}
              </span>
            )
          }),
        )}
      </div>
    </figure>
  )
}
