// What is seen while choices are tried: a bar over all steps on a terminal, a line for each training everywhere.

import type { train } from 'convoke'
import { breathe } from '../terminal/progress.ts'
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
  const bar = stream.isTTY && say !== undefined ? await newBar(stream) : null
  let [name, trial, trials, left, breathed] = ['', 0, 0, '', 0]
  return {
    async onEvent(event) {
      if (event.type === 'start') {
        ;({ name, trial, trials } = event)
      } else if (event.type === 'training') {
        if (event.event.type !== 'step') return
        const { epoch, batch, batches } = event.event
        bar?.show({ trial, trials, name, part: `epoch ${epoch}, ${Math.round((100 * batch) / batches)}%`, left })
        if (performance.now() - breathed < 20) return
        breathed = performance.now()
        await breathe()
      } else {
        const { accuracy, seconds } = event.trial
        const remaining = event.done < event.trials ? `, about ${duration(event.secondsLeft)} left` : ''
        left = event.done < event.trials ? ` · about ${duration(event.secondsLeft)} left` : ''
        bar?.clear()
        say?.(
          `${String(event.done).padStart(String(event.trials).length)}/${event.trials}  ${event.trial.name}: accuracy ${measureText('accuracy', accuracy)}, ${duration(seconds)}${remaining}`,
        )
      }
    },
    stop: () => bar?.stop(),
  }
}

interface Shown {
  readonly trial: number
  readonly trials: number
  readonly name: string
  readonly part: string
  readonly left: string
}

async function newBar(stream: NodeJS.WriteStream) {
  const { default: cliProgress } = await import('cli-progress')
  const make = () =>
    new cliProgress.SingleBar({
      format: '[{bar}] {value}/{total} {name} · {part}{left}',
      ...{ stream, hideCursor: true, clearOnComplete: true, gracefulExit: false, fps: 5 },
    })
  let bar: ReturnType<typeof make> | null = null
  const clear = (): void => {
    bar?.stop()
    bar = null
  }
  return {
    show({ trial, trials, ...payload }: Shown) {
      if (bar === null) {
        bar = make()
        bar.start(trials, trial - 1, payload)
      }
      bar.update(trial - 1, payload)
    },
    clear,
    stop: clear,
  }
}
