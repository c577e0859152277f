// NPZ, NumPy's format for several arrays: a ZIP archive of NPY files. Definition: numpy.savez, numpy.savez_compressed.

import { check, checkFlag, checkOptions } from '../shapes/error.ts'
import type { HostTensor } from './host.ts'
import { innerPath } from './inner-path.ts'
import { quoted, recordOf } from './names.ts'
import { decodeNpy, encodeNpy } from './npy.ts'
import { readZip, writeZip } from './zip.ts'

const ending = '.npy'

/**
 * The arrays of an NPZ file by their names, each read as `decodeNpy` reads it. Throws `ConvokeError` if it is not a complete archive of NPY
 * files, before memory is allocated for sizes that it only claims.
 */
export function decodeNpz(name: string, bytes: Uint8Array): Readonly<Record<string, HostTensor>> {
  const entries = readZip(name, bytes)
  for (const { name: own } of entries)
    check(
      own.endsWith(ending) && own.length > ending.length,
      () => `${name}: it holds ${quoted(own)}, which is not an NPY file. Save the arrays alone, with numpy.savez.`,
    )
  return recordOf(
    entries.map(
      (entry) =>
        [entry.name.slice(0, -ending.length), decodeNpy(`${name}: ${quoted(entry.name)}`, entry.bytes())] as const,
    ),
  )
}

/** The options of `encodeNpz`. */
export interface EncodeNpzOptions {
  /** Deflates the arrays, as `numpy.savez_compressed` does: takes long, and weights become little smaller. */
  readonly compress?: boolean | undefined
}

/** The bytes of an NPZ file with these tensors, which `numpy.load` reads. The same tensors give the same bytes. */
export function encodeNpz(tensors: Readonly<Record<string, HostTensor>>, options: EncodeNpzOptions = {}): Uint8Array {
  checkOptions('encodeNpz', options, ['compress'])
  checkFlag('encodeNpz', 'compress', options.compress)
  const files = Object.entries(tensors).map(([name, tensor]) => {
    const file = name + ending
    // What `decodeNpz` reads: other programs unpack archives, and names become paths.
    check(
      innerPath('encodeNpz', file) === file,
      () => `encodeNpz: a tensor cannot be named ${quoted(name)}, for names become paths. Rename it.`,
    )
    return [file, encodeNpy(tensor)] as const
  })
  return writeZip(recordOf(files), options.compress ?? false)
}
