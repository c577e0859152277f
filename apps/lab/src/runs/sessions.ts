// The run that is open in a view's worker, from its opening until the next one opens.

import { type Company, control, leave } from './learner.ts'
import type { ControlQuestion } from './protocol.ts'

interface Open {
  /** Names it among those the worker had. */
  readonly run: number
  readonly company: Company
}

export interface Sessions<S extends Open> {
  /** Throws where it has been left or the worker is a new one. */
  readonly of: (run: number) => S
  /** Leaves the one that is open. */
  readonly leave: () => void
  readonly begin: (session: Omit<S, 'run'>) => S
  readonly control: (question: ControlQuestion) => boolean
}

export function createSessions<S extends Open>(): Sessions<S> {
  let current: S | undefined
  let runs = 0
  const of = (run: number): S => {
    if (current?.run !== run) throw new Error('unknown run')
    return current
  }
  const leaveCurrent = (): void => {
    if (current !== undefined) leave(current.company)
    current = undefined
  }
  return {
    of,
    leave: leaveCurrent,
    begin: (session) => {
      // Two may open one after the other while their pictures are made.
      leaveCurrent()
      current = { ...session, run: ++runs } as S
      return current
    },
    control: ({ run, wanted, epochs }) => {
      control(of(run).company, wanted, epochs)
      return true
    },
  }
}
