// The titles of the decisions, for the page that lists them.

import { addressOf, pageOf, pagesIn } from './addresses.ts'
import { titleOf } from './sidebar.ts'

export interface Decision {
  readonly number: number
  readonly title: string
  readonly address: string
}

export declare const data: Decision[]

export default {
  watch: ['../../../docs/decisions/*.md'],
  load: (): Decision[] =>
    pagesIn('docs/decisions').map((file) => {
      const number = Number(/(\d+)-/.exec(file)?.[1])
      return { number, title: titleOf(file), address: `${addressOf(pageOf(file) ?? '')}.html` }
    }),
}
