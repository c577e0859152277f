// Files of weights in Node: safetensors, whole or over several files, and NPZ.

import { readBytes, writeWhole } from '../files/files.ts'
import type { HostTensor } from '../formats/host.ts'
import { decodeNpz, type EncodeNpzOptions, encodeNpz } from '../formats/npz.ts'
import { decodeSafetensors, type SafetensorsFile } from '../formats/safetensors.ts'
import { decodeSafetensorsIndex } from '../formats/safetensors-index.ts'
import { loadPyTorch, type PyTorchOptions, type PyTorchReport } from '../models/pytorch/load.ts'
import type { Module } from '../nn/module.ts'
import { ConvokeError } from '../shapes/error.ts'
import { about, partsBeside } from './parts.ts'

/**
 * The tensors of a `.safetensors` file, or of all that an index (`.json`) names beside it; paths and links that lead out of its folder
 * are refused. Throws `ConvokeError` if a file is not complete.
 */
export async function readSafetensors(path: string): Promise<SafetensorsFile> {
  const bytes = await readBytes(path)
  if (!path.endsWith('.json')) return about(path, () => decodeSafetensors(bytes))
  let json: string
  try {
    json = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new ConvokeError(`${path}: this is not UTF-8 text, as an index is. It is damaged; download it again.`)
  }
  return about(path, () => decodeSafetensorsIndex(json, partsBeside(path)))
}

/** The arrays of an NPZ file by their names. Throws `ConvokeError` if it is not a complete archive of NPY files. */
export const readNpz = async (path: string): Promise<Readonly<Record<string, HostTensor>>> =>
  decodeNpz(path, await readBytes(path))

/** Writes tensors as an NPZ file, whole or not at all. Folders are made where missing. */
export const writeNpz = (
  path: string,
  tensors: Readonly<Record<string, HostTensor>>,
  options: EncodeNpzOptions = {},
): Promise<void> => writeWhole(path, encodeNpz(tensors, options))

/**
 * The tensors of a file of weights by its ending: `.safetensors`, an index of several (`.json`), or `.npz`. Throws `ConvokeError` for PyTorch's
 * own files, which are programs in part and are run to be read.
 */
export async function readWeights(path: string): Promise<Readonly<Record<string, HostTensor>>> {
  if (/\.npz$/i.test(path)) return readNpz(path)
  if (/\.(?:safetensors|json)$/i.test(path)) return (await readSafetensors(path)).tensors
  throw new ConvokeError(
    `${path}: weights are read from .safetensors, .safetensors.index.json and .npz. PyTorch writes the first with safetensors.torch.save_file(model.state_dict(), 'model.safetensors').`,
  )
}

/**
 * Loads a file of PyTorch's or timm's weights into a network of the same architecture: `models.loadPyTorch` on what `readWeights` reads.
 *
 * ```ts ignore
 * const model = models.ResNet18()
 * await loadPyTorchWeights(model, 'resnet18.safetensors')
 * ```
 */
export async function loadPyTorchWeights(
  model: Module,
  path: string,
  options: PyTorchOptions = {},
): Promise<PyTorchReport> {
  const tensors = await readWeights(path)
  return about(path, () => loadPyTorch(model, tensors, options))
}
