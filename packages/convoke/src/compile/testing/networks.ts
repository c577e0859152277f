// Small networks of every kind that the library has, and shapes that they take.

import * as models from '../../models/index.ts'

export const networks = [
  ['LeNet-5', () => models.LeNet5(), [2, 28, 28, 1]],
  ['compact', () => models.CompactCNN({ classes: 3, channels: 3 }), [2, 17, 23, 3]],
  ['CompactResNet', () => models.CompactResNet({ classes: 3, widths: [4, 6, 8] }), [2, 17, 23, 3]],
  ['MobileNetV2', () => models.MobileNetV2({ width: 0.25 }), [1, 40, 40, 3]],
  ['ConvNeXt', () => models.ConvNeXt({ classes: 2, depths: [1, 1], widths: [8, 16], patch: 2 }), [1, 16, 16, 3]],
  ['U-Net', () => models.UNet({ width: 4, classes: 3 }), [1, 45, 70, 1]],
  ['DeepLab', () => models.DeepLab({ classes: 3, widths: [4, 6], depth: 1, features: 4 }), [1, 21, 30, 3]],
  ['CharCNN', () => models.CharCNN({ classes: 4, length: 130, alphabet: 12 }), [2, 130, 12]],
  ['TCN', () => models.TCN({ in: 2, out: 3, widths: [4, 4] }), [2, 9, 2]],
  ['CRNN', () => models.CRNN({ width: 0.1, hidden: 8 }), [2, 32, 100, 1]],
  ['CCT', () => models.CCT({ layers: 1, size: 8, heads: 2, convolutions: 2 }), [2, 32, 32, 3]],
  ['generator', () => models.Generator({ size: 32, channels: 1, width: 8 }), [2, 100]],
  ['discriminator', () => models.Discriminator({ size: 32, channels: 1, width: 8 }), [2, 32, 32, 1]],
] as const

/** Those that a backend can be asked for: CharCNN has too many weights for the loops of the reference. */
export const networksOn = (backend: string): (typeof networks)[number][] =>
  networks.filter(([name]) => backend !== 'reference' || name !== 'CharCNN')
