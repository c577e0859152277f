// What a requirement says of a report.

export interface Verdict {
  readonly measure: string
  /** The least that is asked, or with ≤ in front the most. */
  readonly required: string
  readonly reached: string
  /** 'partial': reached by the layers measured, but they are not all. */
  readonly holds: 'yes' | 'no' | 'partial'
  /** The range over the layers, and how many of them were measured; or the figures compared. */
  readonly detail: string
}
