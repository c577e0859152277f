// What Convoke needs of Node: files, folders, pictures. `import … from 'convoke/node'`.

export { readBytes, writeWhole } from '../files/files.ts'
export { type FolderLock, lockFolder } from '../files/lock.ts'
export { makeFolder, replaceFile } from '../files/replace.ts'
export { threadsLeft } from '../files/thread-limit.ts'
export * from './download/dataset.ts'
export {
  DownloadError,
  type Downloaded,
  type DownloadOptions,
  type DownloadProgress,
  downloadFile,
  sha256Of,
} from './download/file.ts'
export * from './download/hub.ts'
export { folderSource } from './folder-source.ts'
export { loadModel } from './load-model.ts'
export * from './map-workers.ts'
export { maskDecoder } from './masks.ts'
export { readOnnx, type WriteOnnxOptions, writeOnnx } from './onnx.ts'
export { type OpenedPictures, type OpenPicturesOptions, openPictures } from './open-pictures.ts'
export * from './pictures.ts'
export * from './run-folder.ts'
export { readMetrics } from './run-log.ts'
export type { Sharp } from './sharp.ts'
export { type StandaloneFiles, type StandaloneOptions, writeStandalone } from './standalone.ts'
export { readTfjs } from './tfjs.ts'
export { loadPyTorchWeights, readNpz, readSafetensors, readWeights, writeNpz } from './weights.ts'
export {
  serveDataset,
  type WorkerDataset,
  type WorkerDatasetOptions,
  workerDataset,
} from './workers.ts'
