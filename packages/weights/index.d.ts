/**
 * The file of a compact network for small pictures, `CompactCNN` of widths 32, 64 and 128, that tells 250 classes of drawn silhouettes
 * apart: the `best.safetensors` of a run, with all that is needed to use it. `convoke train classify --from shipped` starts from it.
 *
 * @example
 * const { tensors } = await readSafetensors(fileURLToPath(classify))
 */
export declare const classify: URL
