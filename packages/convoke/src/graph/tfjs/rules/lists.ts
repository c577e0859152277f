// Lists of tensors, as loops fill them. Both kinds of TensorFlow become sequences; the older one passes on in what it calls its flow.

import { int, ints } from '../builder.ts'
import type { Context, Rule, Rules } from '../context.ts'

const own =
  (operator: string, inputs: readonly number[], outputs = 1): Rule =>
  (c) =>
    c.b.own(
      operator,
      inputs.map((index) => c.plain(index)),
      elementShape(c),
      outputs,
    )

/** What an element has for lengths, where an attribute says so. */
function elementShape(c: Context): Parameters<Context['b']['own']>[2] {
  const attribute = Object.hasOwn(c.node.attributes, 'element_shape') ? c.node.attributes['element_shape'] : undefined
  const type = c.has('element_dtype') ? 'element_dtype' : 'dtype'
  return {
    type: int({ float32: 1, int32: 6, int64: 7, bool: 9 }[c.has(type) ? c.type(type) : 'float32']),
    ...(attribute?.type === 'shape' &&
      attribute.value !== null && { element_shape: ints(attribute.value.map((n) => n ?? -1)) }),
  }
}

/** The lengths that reading takes where nothing was written are given by an input. */
export const listRules: Rules = {
  TensorListReserve: own('ListReserve', [1, 0]),
  EmptyTensorList: (c) => c.b.own('ListEmpty', [], elementShape(c))[0],
  ...{ TensorListFromTensor: own('ListFromTensor', [0]), TensorListStack: own('ListStack', [0, 1]) },
  ...{ TensorListGetItem: own('ListRead', [0, 1, 2]), TensorListSetItem: own('ListWrite', [0, 1, 2]) },
  ...{ TensorListLength: own('ListLength', [0]), TensorListPushBack: own('ListPush', [0, 1]) },
  ...{ TensorListPopBack: own('ListPop', [0], 2), TensorListResize: own('ListResize', [0, 1]) },
  ...{ TensorListGather: own('ListGather', [0, 1]), TensorListConcat: own('ListConcat', [0], 2) },
  ...{ TensorListConcatV2: own('ListConcat', [0], 2), TensorListSplit: own('ListSplit', [0, 2]) },
  ...{ TensorListScatter: own('ListScatter', [0, 1]), TensorListScatterV2: own('ListScatter', [0, 1, 3]) },
  // A handle is nothing but the list it names: every later step is given its flow.
  TensorArrayV3: (c) => {
    const list = c.b.own('ListReserve', [c.plain(0)], elementShape(c))[0]
    return [list, list]
  },
  ...{ TensorArrayWriteV3: own('ListWrite', [3, 1, 2]), TensorArrayReadV3: own('ListRead', [2, 1]) },
  ...{ TensorArrayGatherV3: own('ListGather', [2, 1]), TensorArraySizeV3: own('ListLength', [1]) },
  ...{ TensorArrayScatterV3: own('ListPut', [3, 1, 2]), TensorArrayConcatV3: own('ListConcat', [1], 2) },
  TensorArraySplitV3: own('ListSplit', [1, 2]),
}
