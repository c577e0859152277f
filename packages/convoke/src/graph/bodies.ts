// Graphs inside nodes: the branches of If, the bodies of loops.

import type { OnnxAttribute, OnnxGraph, OnnxNode } from '../formats/onnx/model.ts'

/** Graphs inside nodes inside graphs: more are refused. */
export const deepest = 64

export const graphsIn = (node: OnnxNode): OnnxGraph[] =>
  Object.values(node.attributes).flatMap((attribute: OnnxAttribute) =>
    attribute.type === 'graph' ? [attribute.value] : attribute.type === 'graphs' ? [...attribute.value] : [],
  )
