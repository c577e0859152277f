// What the file system refused, in words.

const reasonOf = (error: unknown): string =>
  error instanceof Error && 'code' in error
    ? String(error.code)
    : error instanceof Error
      ? error.message
      : String(error)

const words: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  EISDIR: 'it is a folder',
  ENOTDIR: 'it is not a folder',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the disk is read-only',
  EFBIG: 'the file is larger than is allowed here',
  EIO: 'the disk does not answer',
  ENXIO: 'it is a device or socket that nothing answers on',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
  ENAMETOOLONG: 'its name is too long',
  ELOOP: 'it is a link that leads back to itself',
  ERR_FS_FILE_TOO_LARGE: 'it is larger than the 2 GiB that can be read at once',
}

export const explain = (error: unknown): string => words[reasonOf(error)] ?? reasonOf(error)
