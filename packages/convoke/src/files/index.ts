// Files in Node, read and replaced whole, folders with one writer, and what the system lets a process start: `import … from
// 'convoke/files'`. Without the engine, so that a program that has yet to compute loads little.

export { readBytes, refusePipe, writeWhole } from './files.ts'
export { type FolderLock, lockFolder } from './lock.ts'
export { makeFolder, replaceFile } from './replace.ts'
export { threadsLeft } from './thread-limit.ts'
