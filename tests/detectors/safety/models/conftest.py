"""Small models on disk, made once, and torch on one thread."""

import pytest
import tiny_judges


@pytest.fixture(scope="session", autouse=True)
def _one_thread():
    import torch

    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def folders(tmp_path_factory):
    """Folder of a model by name, made when first asked for."""
    made = {}
    makers = {
        "classifier": tiny_judges.classifier,
        "several": lambda folder: tiny_judges.classifier(
            folder, ("calm", "marked", "rare"), "multi_label_classification"
        ),
        "guard": tiny_judges.guard,
        "hesitant": lambda folder: tiny_judges.guard(
            folder, unsafe=(tiny_judges.BLANK, "unsafe"), safe=(tiny_judges.BLANK, "safe")
        ),
        "yes-no": lambda folder: tiny_judges.guard(folder, unsafe=("Yes",), safe=("No",)),
    }

    def folder(name):
        if name not in made:
            made[name] = tmp_path_factory.mktemp(name)
            makers[name](made[name])
        return str(made[name])

    return folder
