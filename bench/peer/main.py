"""The PyTorch side of `npm run bench`: one job, one process, eager, float32. Prints one line of JSON, as ours/main.ts does."""
import json
import re
import resource
import sys
import time

import torch
import torchvision


def blas():
    """The library that matrix products really run on."""
    built = re.search(r'BLAS_INFO=(\w+)', torch.__config__.show())
    try:
        loaded = {line.split()[-1] for line in open('/proc/self/maps') if 'blas' in line and '.so' in line}
    except OSError:
        loaded = set()
    names = {'OpenBLAS' if 'openblas' in path else path.split('/')[-1] for path in loaded}
    return ', '.join(sorted(names)) or (built.group(1) if built else 'unknown')


def open_job(job):
    """Prepares a job; what it returns does it once."""
    kind = job['kind']
    if kind == 'network':
        from network import open_network
        return open_network(job)
    if kind == 'images':
        from images import open_images
        return open_images(job)
    if kind == 'study':
        from study import open_study
        return open_study(job)
    from analyses import open_analysis
    return open_analysis(job)


def main():
    job = json.loads(sys.argv[1])
    torch.set_num_threads(job['threads'])
    torch.manual_seed(1)
    run, times = open_job(job), []
    for _ in range(job['drop'] + job['repeats']):
        begun = time.perf_counter()
        run()
        times.append((time.perf_counter() - begun) * 1e3)
    print(json.dumps({
        'times_ms': times[job['drop']:],
        'peak_mb': resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6,
        'versions': f'PyTorch {torch.__version__}, torchvision {torchvision.__version__}, BLAS: {blas()}',
    }))


if __name__ == '__main__':
    main()
