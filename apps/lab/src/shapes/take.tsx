import type { ShapesModel } from './model.ts'
export function Take(_: { readonly model: ShapesModel }) {
  return null
}
