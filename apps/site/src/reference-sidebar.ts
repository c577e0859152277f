// The public entry points beside every page of the reference. The page of each lists its names: a list of all of them in every page would
// be hundreds of megabytes.

import type { DefaultTheme } from 'vitepress'
import { doorNames } from '../reference/options.js'

/** `convoke/nn` of `./nn`. */
const nameOf = (door: string): string => `convoke${door.slice(1)}`

export const referenceSidebar = (): DefaultTheme.SidebarItem[] => [
  {
    text: 'Reference',
    link: '/reference/',
    items: doorNames.map((door) => ({ text: nameOf(door), link: `/reference/${nameOf(door)}/` })),
  },
]
