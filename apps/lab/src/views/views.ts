// The views that there are. Each loads when it is opened.

import type { ComponentType } from 'preact'

export interface ViewProps {
  readonly params: URLSearchParams
  /** Keeps the view's state in the address. */
  readonly keep: (params: URLSearchParams) => void
}

export type ViewName = 'slide' | 'filters' | 'shapes' | 'train' | 'inside' | 'text' | 'segment'

export const viewNames: readonly ViewName[] = ['slide', 'filters', 'shapes', 'train', 'inside', 'text', 'segment']

export const isViewName = (name: string): name is ViewName => (viewNames as readonly string[]).includes(name)

export const loadView: Readonly<Record<ViewName, () => Promise<ComponentType<ViewProps>>>> = {
  slide: async () => (await import('../slide/view.tsx')).View,
  filters: async () => (await import('../filters/view.tsx')).View,
  shapes: async () => (await import('../shapes/view.tsx')).View,
  train: async () => (await import('../train/view.tsx')).View,
  inside: async () => (await import('../inside/view.tsx')).View,
  text: async () => (await import('../text/view.tsx')).View,
  segment: async () => (await import('../segment/view.tsx')).View,
}

export const loadMiniature: Readonly<Record<ViewName, () => Promise<ComponentType>>> = {
  slide: async () => (await import('../slide/miniature.tsx')).Miniature,
  filters: async () => (await import('../filters/miniature.tsx')).Miniature,
  shapes: async () => (await import('../shapes/miniature.tsx')).Miniature,
  train: async () => (await import('../train/miniature.tsx')).Miniature,
  inside: async () => (await import('../inside/miniature.tsx')).Miniature,
  text: async () => (await import('../text/miniature.tsx')).Miniature,
  segment: async () => (await import('../segment/miniature.tsx')).Miniature,
}
