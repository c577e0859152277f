// The doors beside every page of the reference. The page of a door lists its names: a list of all of them in every page would be
// hundreds of megabytes.

import { existsSync, readFileSync } from 'node:fs'
import type { DefaultTheme } from 'vitepress'
import { addressOf, root } from './addresses.ts'

/** What TypeDoc's plugin says of its pages. */
interface Entry {
  readonly title: string
  readonly path?: string
}

const navigation = `${root}/apps/site/out/reference/navigation.json`

export function referenceSidebar(): DefaultTheme.SidebarItem[] {
  if (!existsSync(navigation)) return []
  const doors = JSON.parse(readFileSync(navigation, 'utf8')) as Entry[]
  return [
    {
      text: 'Reference',
      link: '/reference/',
      items: doors.map(({ title, path = '' }) => ({ text: title, link: addressOf(`reference/${path}`) })),
    },
  ]
}
