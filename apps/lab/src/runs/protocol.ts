// What the page and the worker say to each other of a run that goes on and pauses.

export type Wanted = 'run' | 'pause' | 'step'

export type Phase = 'paused' | 'running' | 'finished' | 'failed'

export interface ControlQuestion {
  readonly run: number
  readonly wanted?: Wanted
  readonly epochs?: number
}
