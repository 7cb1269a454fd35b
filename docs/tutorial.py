#!/usr/bin/env python3
"""From nn.RNN of PyTorch to a figure, in half a minute on one core.

    python3 docs/tutorial.py [FOLDER]        everything is written to FOLDER, by default "tutorial"

Three small networks learn to remember; then we ask which parts of their recurrent matrices they need.
Wants PyTorch, NumPy, xarray with h5netcdf, and `schursweep` in PATH (or its path in SCHURSWEEP). The
parts between `# %%` are cells for editors that know them; a notebook is made by `jupytext --to ipynb`.
"""
import os
import pathlib
import subprocess
import sys

import numpy as np
import torch
import xarray as xr

folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "tutorial")
folder.mkdir(parents=True, exist_ok=True)
program = os.environ.get("SCHURSWEEP", "schursweep")
torch.set_num_threads(1)


def schursweep(*arguments):
    print("$ schursweep", *arguments, flush=True)
    subprocess.run([program, *map(str, arguments)], cwd=folder, check=True)


# %% The task: two channels have pulses now and then, and the answer is the last pulse of each.
def make_trials(n_trials, seed, n_steps=25):
    random = np.random.default_rng(seed)
    inputs = random.choice([-1.0, 0.0, 1.0], p=[0.08, 0.84, 0.08], size=(n_steps, n_trials, 2))
    inputs[0] = random.choice([-1.0, 1.0], size=(n_trials, 2))  # nothing is unknown
    targets = inputs.copy()
    for t in range(1, n_steps):
        targets[t] = np.where(inputs[t] != 0, inputs[t], targets[t - 1])
    return inputs, targets  # [steps, trials, channels], as nn.RNN has them


# %% The network: one recurrent layer and a linear read-out, trained as usual.
class Memory(torch.nn.Module):
    def __init__(self, n_hidden):
        super().__init__()
        self.rnn = torch.nn.RNN(2, n_hidden)
        self.readout = torch.nn.Linear(n_hidden, 2)

    def forward(self, inputs):
        states, _ = self.rnn(inputs)
        return self.readout(states)


def train(seed, n_steps=300):
    torch.manual_seed(seed)
    network = Memory(n_hidden=24)
    optimiser = torch.optim.Adam(network.parameters(), lr=5e-3)
    for step in range(n_steps):
        inputs, targets = (torch.tensor(a, dtype=torch.float32) for a in make_trials(64, (seed, step)))
        loss = torch.nn.functional.mse_loss(network(inputs), targets)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
    print(f"seed {seed}: loss {loss.item():.4f} after {n_steps} steps")
    return network


# %% Save what you have: a state dict, and the trials on which the network is to be judged.
inputs, targets = make_trials(200, seed=999)
np.savez(folder / "trials.npz", inputs=inputs, targets=targets)
for seed in range(3):
    torch.save(train(seed).state_dict(), folder / f"memory-seed{seed}.pt")

# %% Make model files of them. The program runs each on the trials and tells its FVU, the part of the
# targets' variance that it leaves unexplained: the network is the one you trained.
schursweep("import", "memory-seed*.pt", "-o", "models", "--seed-from", "seed([0-9]+)", "--assume-tanh",
           "--trials", "trials.npz", "--task", "memory")

# %% Say what to sweep, and run it. `mpirun -n 5 schursweep run ...` does it on four cores.
(folder / "memory.cfg").write_text("""
study     = "memory";
models    = ( { file = "models/*.h5"; } );
alphas    = [0.5, 0.7, 0.9];   // R: the modes with at least that part of the spectral radius
ablations = "all";             // RR, CR, CC, and what they make together
output    = "memory.h5";
""")
schursweep("run", "-q", "memory.cfg")

# %% The results are one labelled array. A coupling that a network does not have is no effect of 0.
results = xr.open_dataset(folder / "memory.h5", engine="h5netcdf")
change = results.delta_fvu.where(results.removed_mass > 1e-12).sel(alpha=0.7)
print("change of FVU without each set, mean over the networks that have it, at alpha = 0.7:")
print(change.mean("case").to_series().drop("none").round(3).to_string())

# %% Statistics, sentences, figures and a page for a browser.
schursweep("report", "memory.h5", "--alpha", "0.7", "-o", "report")
(figure,) = (folder / "report" / "figures").glob("effects-*.svg")
print(f"the figure: {figure}\nthe page: {folder / 'report' / 'report.html'}")
