// Attributes of operators that are not known, for those who add them.

import type { OnnxAttribute } from '../../formats/onnx/model.ts'
import type { TfjsAttribute, TfjsNode } from '../../formats/tfjs/index.ts'
import { operatorFor } from '../registry.ts'
import { type Attributes, tfDomain, typeCodes } from './builder.ts'
import { plainType } from './context.ts'

const texts = new Set(
  `StaticRegexReplace StringNGrams StringSplit StringToHashBucketFast StringJoin StringLower StringUpper RegexReplace AsString
  HashTable HashTableV2 InitializeTable InitializeTableV2 LookupTableFind LookupTableFindV2 LookupTableImport LookupTableImportV2
  LookupTableSize LookupTableSizeV2`.split(/\s+/),
)

/** Whether an operator works on texts, which no tensor here holds, and nobody has added it. */
export const isText = (operator: string): boolean =>
  texts.has(operator) && operatorFor({ domain: tfDomain, operator }) === undefined

function attributeOf(attribute: TfjsAttribute): OnnxAttribute | null {
  switch (attribute.type) {
    case 'string':
      return { type: 'string', value: attribute.value }
    case 'int':
      return { type: 'int', value: attribute.value }
    case 'float':
      return { type: 'float', value: attribute.value }
    case 'bool':
      return { type: 'int', value: attribute.value ? 1 : 0 }
    case 'strings':
      return { type: 'strings', value: attribute.value }
    case 'ints':
      return { type: 'ints', value: attribute.value }
    case 'floats':
      return { type: 'floats', value: attribute.value }
    case 'dataType': {
      const type = plainType(attribute.value)
      return type === null ? null : { type: 'int', value: typeCodes[type] }
    }
    case 'shape':
      return attribute.value === null ? null : { type: 'ints', value: attribute.value.map((length) => length ?? -1) }
    default:
      return null
  }
}

export const attributesOf = ({ attributes }: TfjsNode): Attributes =>
  Object.fromEntries(
    Object.entries(attributes).flatMap(([name, attribute]): [string, OnnxAttribute][] => {
      const found = attributeOf(attribute)
      return found === null ? [] : [[name, found]]
    }),
  )
