import type { NodeReport } from 'convoke/graph'

/** Whether a node belongs into a list of layers: constants and shape arithmetic cost nothing, and would hide the rest. */
export const isCostly = ({ macs, bytes, parameters }: Pick<NodeReport, 'macs' | 'bytes' | 'parameters'>): boolean =>
  macs > 0 || bytes > 0 || parameters > 0
