// Data sets that others publish, by name: where their files are and how to know them. Checksums are those of the lists
// that TensorFlow Datasets keeps (tensorflow_datasets/url_checksums); where there is none here, none is known: the first
// download decides, and later ones are held to it.

import { check, show } from '../shapes/error.ts'

/** A file to download. */
export interface PublicFile {
  /** Its name in the data set. */
  readonly name: string
  /** The same file from several places, tried in this order. */
  readonly urls: readonly string[]
  /** Its size in bytes; undefined where it is not known. */
  readonly size?: number | undefined
  /** Its SHA-256; undefined where it is not known for sure. */
  readonly sha256?: string | undefined
}

/** A data set that anybody may download. */
export interface PublicDataset {
  /** Its name: 'mnist'. */
  readonly name: string
  /** Its usual name, as people write it. */
  readonly title: string
  /** What it is for: the task of `convoke train`. */
  readonly task: 'classify' | 'detect' | 'text'
  /** How it is read once it is there. */
  readonly format: 'idx' | 'cifar' | 'folders' | 'voc' | 'polarity'
  /** What it holds, in a sentence. */
  readonly summary: string
  /** The terms of its use. */
  readonly licence: string
  /** Address of a page about it. */
  readonly homepage: string
  /** What is downloaded. */
  readonly files: readonly PublicFile[]
  /** The folder in what is unpacked where the set itself lies; the whole when not given. */
  readonly root?: string | undefined
  /** Encoding of its texts; UTF-8 when not given. */
  readonly encoding?: string | undefined
  /** Names of the classes in the order of their labels, where the files do not say: they become classes.txt. */
  readonly classes?: readonly string[] | undefined
  /** Files among what is unpacked that belong to something else, and are removed. */
  readonly leaveOut?: readonly string[] | undefined
}

/** The four files of a data set in MNIST's form: their sizes and checksums in the order of `parts`. */
function idxFiles(bases: readonly string[], known: readonly (readonly [size: number, sha256: string])[]): PublicFile[] {
  const parts = [
    'train-images-idx3-ubyte',
    'train-labels-idx1-ubyte',
    't10k-images-idx3-ubyte',
    't10k-labels-idx1-ubyte',
  ]
  return parts.map((part, i) => ({
    name: `${part}.gz`,
    urls: bases.map((base) => `${base}/${part}.gz`),
    size: known[i][0],
    sha256: known[i][1],
  }))
}

const catalogue: readonly PublicDataset[] = [
  {
    name: 'mnist',
    title: 'MNIST',
    task: 'classify',
    format: 'idx',
    summary: 'handwritten digits, 28×28 grey, 10 classes, 60,000 + 10,000 pictures',
    licence: 'CC BY-SA 3.0',
    homepage: 'https://yann.lecun.com/exdb/mnist/',
    files: idxFiles(
      ['https://storage.googleapis.com/cvdf-datasets/mnist', 'https://ossci-datasets.s3.amazonaws.com/mnist'],
      [
        [9912422, '440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609'],
        [28881, '3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c'],
        [1648877, '8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6'],
        [4542, 'f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6'],
      ],
    ),
  },
  {
    name: 'fashion-mnist',
    title: 'Fashion-MNIST',
    task: 'classify',
    format: 'idx',
    summary: 'clothing, 28×28 grey, 10 classes, 60,000 + 10,000 pictures',
    licence: 'MIT',
    homepage: 'https://github.com/zalandoresearch/fashion-mnist',
    classes: [
      ...['T-shirt/top', 'trouser', 'pullover', 'dress', 'coat'],
      ...['sandal', 'shirt', 'sneaker', 'bag', 'ankle boot'],
    ],
    files: idxFiles(
      ['http://fashion-mnist.s3-website.eu-central-1.amazonaws.com'],
      [
        [26421880, '3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84'],
        [29515, 'a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845'],
        [4422102, '346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073'],
        [5148, '67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5'],
      ],
    ),
  },
  {
    name: 'kmnist',
    title: 'Kuzushiji-MNIST',
    task: 'classify',
    format: 'idx',
    summary: 'cursive Japanese, 28×28 grey, 10 classes, 60,000 + 10,000 pictures',
    licence: 'CC BY-SA 4.0',
    homepage: 'http://codh.rois.ac.jp/kmnist/',
    classes: ['o', 'ki', 'su', 'tsu', 'na', 'ha', 'ma', 'ya', 're', 'wo'],
    files: idxFiles(
      ['http://codh.rois.ac.jp/kmnist/dataset/kmnist'],
      [
        [18165135, '51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4'],
        [29497, 'e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17'],
        [3041136, 'edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5'],
        [5120, '20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c'],
      ],
    ),
  },
  {
    name: 'cifar-10',
    title: 'CIFAR-10',
    task: 'classify',
    format: 'cifar',
    summary: 'small colour photographs, 32×32, 10 classes, 50,000 + 10,000 pictures',
    licence: 'none stated; cite Krizhevsky 2009',
    homepage: 'https://www.cs.toronto.edu/~kriz/cifar.html',
    files: [
      {
        name: 'cifar-10-binary.tar.gz',
        urls: ['https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz'],
        size: 170052171,
        sha256: 'c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd',
      },
    ],
  },
  {
    name: 'cifar-100',
    title: 'CIFAR-100',
    task: 'classify',
    format: 'cifar',
    summary: 'small colour photographs, 32×32, 100 classes in 20 groups, 50,000 + 10,000 pictures',
    licence: 'none stated; cite Krizhevsky 2009',
    homepage: 'https://www.cs.toronto.edu/~kriz/cifar.html',
    files: [
      {
        name: 'cifar-100-binary.tar.gz',
        urls: ['https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz'],
        size: 168513733,
        sha256: '58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec',
      },
    ],
  },
  {
    name: 'imagenette',
    title: 'Imagenette, 160 pixels',
    task: 'classify',
    format: 'folders',
    summary: 'ten easy classes of ImageNet, colour, shorter side 160 pixels, about 13,000 pictures',
    licence: 'Apache-2.0; the pictures are those of ImageNet',
    homepage: 'https://github.com/fastai/imagenette',
    // Labels made wrong on purpose, for other experiments.
    leaveOut: ['noisy_imagenette.csv'],
    files: [
      {
        name: 'imagenette2-160.tgz',
        urls: ['https://s3.amazonaws.com/fast-ai-imageclas/imagenette2-160.tgz'],
        size: 98948031,
        sha256: '88daccb09b6fce93f45e6c09ddeb269cce705549e6bff322092a2a5a11489863',
      },
    ],
  },
  {
    name: 'flowers',
    title: 'Flower photographs',
    task: 'classify',
    format: 'folders',
    summary: 'daisies, dandelions, roses, sunflowers and tulips, about 3,700 colour photographs of several sizes',
    licence: 'CC BY 2.0; the photographers are named in LICENSE.txt',
    homepage: 'https://www.tensorflow.org/tutorials/load_data/images',
    files: [
      {
        name: 'flower_photos.tgz',
        urls: ['http://download.tensorflow.org/example_images/flower_photos.tgz'],
        size: 228813984,
        sha256: '4c54ace7911aaffe13a365c34f650e71dd5bf1be0a58b464e5a7183e3e595d9c',
      },
    ],
  },
  {
    name: 'bccd',
    title: 'BCCD',
    task: 'detect',
    format: 'voc',
    summary: 'blood cells under the microscope, 364 colour pictures with boxes of three kinds of cells',
    licence: 'MIT',
    homepage: 'https://github.com/Shenggan/BCCD_Dataset',
    root: 'BCCD',
    files: [
      {
        name: 'BCCD_Dataset.tar.gz',
        urls: ['https://github.com/Shenggan/BCCD_Dataset/archive/refs/heads/master.tar.gz'],
      },
    ],
  },
  {
    name: 'movie-reviews',
    title: 'Sentence polarity (Pang & Lee 2005)',
    task: 'text',
    format: 'polarity',
    encoding: 'latin1',
    summary: '5,331 positive and 5,331 negative sentences of film reviews, English',
    licence: 'for research; cite Pang & Lee 2005',
    homepage: 'https://www.cs.cornell.edu/people/pabo/movie-review-data/',
    root: 'rt-polaritydata',
    files: [
      {
        name: 'rt-polaritydata.tar.gz',
        urls: ['https://www.cs.cornell.edu/people/pabo/movie-review-data/rt-polaritydata.tar.gz'],
      },
    ],
  },
]

/** Every public data set that is known by name. `downloadDataset` of `convoke/node` fetches them. */
export const publicDatasets = (): readonly PublicDataset[] => catalogue

/** The one of a name. Throws `ConvokeError` that lists the names. */
export function publicDataset(name: string): PublicDataset {
  const found = catalogue.find((set) => set.name === name.toLowerCase())
  check(
    found !== undefined,
    () => `data: there is no public data set ${show(name)}. Known: ${catalogue.map((set) => set.name).join(', ')}.`,
  )
  return found
}
