// What programs in Python have in common.

/** The text of a program without the empty line before it. */
export const lines = (text: string): string => text.replace(/^\n/, '')

/** A function that reads a file of weights; needs `json`, `struct` and NumPy as `np`. */
export const readSafetensors = `def read_safetensors(path):
    """Names to arrays."""
    kinds = {"F32": "<f4", "I32": "<i4"}
    with open(path, "rb") as file:
        (size,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(size))
        body = file.read()
    header.pop("__metadata__", None)
    return {
        name: np.frombuffer(body[slice(*entry["data_offsets"])], dtype=kinds[entry["dtype"]])
        .reshape(entry["shape"])
        .copy()
        for name, entry in header.items()
    }
`
