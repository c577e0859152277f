// What is said where the browser keeps nothing.

import type { Signal } from '@preact/signals'
import type { StoreProblem } from './keeper.ts'
import { keepingMessages } from './messages.ts'

interface StoreNoticeProps {
  readonly problem: Signal<StoreProblem | undefined>
  /** Keeps once more what could not be kept, where that does not happen by itself. */
  readonly onAgain?: () => void
}

export function StoreNotice({ problem, onAgain }: StoreNoticeProps) {
  const words = keepingMessages()
  const reason = problem.value
  if (reason === undefined) return null
  return (
    <p class="notice" role="status">
      {words[reason]}{' '}
      {onAgain !== undefined && (
        <button type="button" onClick={onAgain}>
          {words.again}
        </button>
      )}
    </p>
  )
}
