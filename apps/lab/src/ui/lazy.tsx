// A part of the page that is loaded when it is shown.

import { useSignal } from '@preact/signals'
import type { ComponentType } from 'preact'
import { useEffect } from 'preact/hooks'
import { uiMessages } from './messages.ts'

interface LazyProps<Props> {
  readonly load: () => Promise<ComponentType<Props>>
  readonly props: Props
}

type Loaded<Props> = { readonly component: ComponentType<Props> } | 'failed' | undefined

export function Lazy<Props extends object>({ load, props }: LazyProps<Props>) {
  const words = uiMessages()
  const loaded = useSignal<Loaded<Props>>(undefined)
  const start = (): void => {
    loaded.value = undefined
    load().then(
      (component) => {
        loaded.value = { component }
      },
      () => {
        loaded.value = 'failed'
      },
    )
  }
  useEffect(start, [load])
  if (loaded.value === undefined) return <p class="loading">{words.loading}</p>
  if (loaded.value === 'failed')
    return (
      <p class="notice" role="alert">
        {words.notLoaded}{' '}
        <button type="button" onClick={start}>
          {words.again}
        </button>
      </p>
    )
  const { component: Component } = loaded.value
  return <Component {...props} />
}
