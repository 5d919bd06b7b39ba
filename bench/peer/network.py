"""A training step (forward, backward, SGD with momentum and weight decay) or a forward pass."""
import torch
import torch.nn.functional as F

from networks import build


def settle_memory():
    """
    Frees 31 MiB. glibc gives memory back to the system until a process has freed blocks larger than those at hand (mallopt(3), M_MMAP_THRESHOLD):
    page faults are then up to half of a small network's forward pass. A process that trained or loaded something large is past that: PyTorch at its best.
    """
    torch.empty(31 * 2**18).fill_(1)


def open_network(job):
    settle_memory()
    shape = job['shape']
    model = build(job['network'], shape)
    images = torch.randn(shape['batch'], shape['channels'], shape['height'], shape['width'])
    labels = torch.arange(shape['batch']) % shape['classes']
    if job['channels_last']:
        model, images = model.to(memory_format=torch.channels_last), images.to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-6, momentum=0.9, weight_decay=1e-4)

    def train():
        optimizer.zero_grad(set_to_none=True)
        F.cross_entropy(model(images), labels).backward()
        optimizer.step()

    def evaluate():
        with torch.inference_mode():
            model(images)

    if job['mode'] == 'evaluate':
        model.eval()
        return evaluate
    return train
