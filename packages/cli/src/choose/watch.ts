// What is seen while choices are tried: a bar over all steps on a terminal, a line for each training everywhere.

import type { train } from 'convoke'
import { type Bar, openBar } from '../terminal/bar.ts'
import { breathe, showsBars } from '../terminal/progress.ts'
import { duration, measureText } from '../terminal/words.ts'

export interface ChoiceWatch {
  readonly onEvent: (event: train.ChooseEvent) => Promise<void>
  readonly stop: () => void
}

/** `say` takes finished lines; nothing is shown without it. */
export async function watchChoices(
  say: ((line: string) => void) | undefined,
  stream: NodeJS.WriteStream = process.stderr,
): Promise<ChoiceWatch> {
  const isDrawn = showsBars(stream) && say !== undefined
  let bar: Bar | undefined
  let [name, trial, trials, left, breathed] = ['', 0, 0, '', 0]
  return {
    async onEvent(event) {
      if (event.type === 'start') {
        ;({ name, trial, trials } = event)
      } else if (event.type === 'training') {
        if (event.event.type !== 'step') return
        const { epoch, batch, batches } = event.event
        const parts = [
          { text: name, matters: 3 },
          { text: `epoch ${epoch}, ${Math.round((100 * batch) / batches)}%`, matters: 1 },
          { text: left, matters: 2 },
        ]
        const text = { label: `${trial}/${trials}`, parts }
        if (isDrawn) bar ??= await openBar(stream, trials, trial - 1, text)
        bar?.update(trial - 1, text)
        if (performance.now() - breathed < 20) return
        breathed = performance.now()
        await breathe()
      } else {
        const { accuracy, seconds } = event.trial
        const remaining = event.done < event.trials ? `, about ${duration(event.secondsLeft)} left` : ''
        left = event.done < event.trials ? `about ${duration(event.secondsLeft)} left` : ''
        bar?.stop()
        bar = undefined
        say?.(
          `${String(event.done).padStart(String(event.trials).length)}/${event.trials}  ${event.trial.name}: accuracy ${measureText('accuracy', accuracy)}, ${duration(seconds)}${remaining}`,
        )
      }
    },
    stop: () => bar?.stop(),
  }
}
