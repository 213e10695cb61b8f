"""The published relaxed method in PyTorch, as the yardstick of the benchmark.

Softmax-tempered matrices for both maps, Adam, one restart after another, as the study ran it: the loss
sums over the gaps, takes its maximum over the lab bins, and has 1e-7 inside the logarithm.

Reads one JSON document from standard input:
    {"mu": [[...]], "nu": [[...]], "restarts": n, "steps": n, "temperature": T, "lambda": l, "learningRate": r,
     "threads": n, "seed": n}
mu is lab gaps x lab bins, nu is line gaps x outcomes. Writes one JSON document:
    {"version": "...", "seconds": [processor time, one per restart], "losses": [one per restart]}
"""

import json
import sys
import time

import torch

OFFSET = 1e-7


def relaxed_map(logits, temperature):
    """Columns are distributions over the rows."""
    return torch.softmax(logits / temperature, dim=0)


def distance(p, q):
    """p and q are lab bins x line gaps."""
    middle = (p + q) / 2
    cells = p * torch.log(p / middle + OFFSET) + q * torch.log(q / middle + OFFSET)
    return torch.sqrt(cells.sum(dim=1) / 2).max()


def missing_rows(weights):
    return (1 - weights.max(dim=1).values).sum()


def restart(mu, nu, steps, temperature, weight, rate):
    gap_logits = torch.rand(mu.shape[1], nu.shape[1], requires_grad=True)
    loading_logits = torch.rand(mu.shape[0], nu.shape[0], requires_grad=True)
    optimizer = torch.optim.Adam([gap_logits, loading_logits], lr=rate)
    for _ in range(steps):
        alpha_gap = relaxed_map(gap_logits, temperature)
        alpha_loading = relaxed_map(loading_logits, temperature)
        error = distance(mu @ alpha_gap, alpha_loading @ nu)
        loss = weight * error + missing_rows(alpha_gap)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return error.item()


def main():
    task = json.load(sys.stdin)
    torch.manual_seed(task["seed"])
    torch.set_num_threads(task["threads"])
    mu = torch.tensor(task["mu"]).T.contiguous()
    nu = torch.tensor(task["nu"]).T.contiguous()
    settings = (task["temperature"], task["lambda"], task["learningRate"])
    # The first steps pay for PyTorch's own start and are not counted.
    restart(mu, nu, 50, *settings)
    seconds, losses = [], []
    for _ in range(task["restarts"]):
        start = time.process_time()
        losses.append(restart(mu, nu, task["steps"], *settings))
        seconds.append(time.process_time() - start)
    json.dump({"version": torch.__version__, "seconds": seconds, "losses": losses}, sys.stdout)


if __name__ == "__main__":
    main()
