// What the file system refused, in words.

import { ConvokeError } from 'convoke/shapes'

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist. Check the path',
  ENOTDIR: 'lies below something that is not a folder. Check the path',
  EISDIR: 'is a folder. Name a file',
  EACCES: 'may not be accessed. Check its permissions',
  EPERM: 'may not be accessed. Check its permissions',
  EROFS: 'is on a read-only file system. Choose another place',
  ENOSPC: 'does not fit: the disk is full. Free some space, or choose another place',
  EDQUOT: 'does not fit: your quota is used up. Free some space, or choose another place',
  ENAMETOOLONG: 'has too long a name. Choose a shorter one',
  EMFILE: 'cannot be opened: too many files are open',
  ENFILE: 'cannot be opened: the system has too many files open',
  ENXIO: 'is a device or socket that nothing answers on. Name a file',
  EIO: 'cannot be read or written: the disk does not answer. Check the disk, or copy the file to another one',
  EBUSY: 'is in use by another program. Close it there, or wait',
  EEXIST: 'is there already. Remove it, or choose another name',
  ENOTEMPTY: 'is a folder that is not empty. Choose another place',
  EFBIG: 'is larger than a file may be here. Choose another place',
  ELOOP: 'is a link that leads back to itself. Check the path',
}

/** The refusal for an error of `node:fs`; any other error unchanged. */
export function fileProblem(error: unknown, what: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const reason = typeof code === 'string' ? reasons[code] : undefined
  return reason === undefined ? error : new ConvokeError(`${what} ${reason}.`)
}
