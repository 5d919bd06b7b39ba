"""From a folder of JPEGs to normalized float32 batches: torchvision's transforms in as many DataLoader workers as there are threads."""
from torch.utils.data import DataLoader
from torchvision import datasets, transforms


def open_images(job):
    side = job['side']
    transform = transforms.Compose([
        transforms.Resize(side),
        transforms.CenterCrop(side),
        transforms.ToTensor(),
        transforms.Normalize([0.5, 0.5, 0.5], [0.25, 0.25, 0.25]),
    ])

    def run():
        folder = datasets.ImageFolder(f"{job['pictures']}/train", transform)
        seen = sum(len(images) for images, _ in DataLoader(folder, batch_size=64, num_workers=job['threads']))
        assert seen == job['images'], seen

    return run
