// Calls each module of the reference by the name under which it is imported, and says what it holds.

import { Comment, Converter, ReflectionKind } from 'typedoc'

const summaries = {
  convoke:
    'Everything that runs in Node and in a page: tensors, ops, gradients, backends, `nn`, `optim`, `data`, `train` and more.',
  'convoke/shapes':
    'Arithmetic of sizes without tensors: outputs of windows, padding, receptive fields, parameters and multiply-adds.',
  'convoke/tensor': 'Tensors and their memory: `tensor`, `zeros`, `scope`, `keep`, `fromPixels`.',
  'convoke/autodiff': 'Gradients, and ops and gradients of your own.',
  'convoke/ops': 'Convolutions and all other operations on tensors.',
  'convoke/backends': 'What computes: choosing a backend, and what a backend has to offer.',
  'convoke/explain': 'Which algorithm computes a convolution, and why.',
  'convoke/graph': 'Networks as graphs: ONNX and TensorFlow.js opened, run, trained, inspected, written.',
  'convoke/nn': 'Layers, losses, and modules of your own.',
  'convoke/optim': 'Optimisers, schedules of the learning rate, clipping.',
  'convoke/data': 'Datasets, batches, augmentation, masks; sets that the library draws.',
  'convoke/train': 'Training, evaluation, checkpoints, choosing kernel sizes by trial.',
  'convoke/models': 'Networks from the literature, and their weights from PyTorch.',
  'convoke/metrics': 'Accuracy, confusion, IoU, mean average precision.',
  'convoke/formats': 'Safetensors, NPY and NPZ, IDX, ONNX, TensorBoard, tables of text.',
  'convoke/files': 'Files in Node: written at once or not at all, locked, streamed.',
  'convoke/node': 'Pictures, folders, models and runs on disk.',
  'convoke/mpi': 'Ranks on several machines, by the MPI that is installed there.',
  'convoke/scale': 'How long training takes on more ranks: measured, planned, simulated.',
}

/** @param {import('typedoc').Application} app */
export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.getReflectionsByKind(ReflectionKind.Module)) {
      const folder = module.name.replace(/\/?index$/, '')
      module.name = folder === '' ? 'convoke' : `convoke/${folder}`
      const summary = summaries[module.name]
      if (summary === undefined) throw new Error(`reference/doors.js does not say what ${module.name} holds`)
      module.comment = new Comment([{ kind: 'text', text: summary }])
    }
  })
}
