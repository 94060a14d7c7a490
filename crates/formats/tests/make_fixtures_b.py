#!/usr/bin/env python3
"""Writes the fixtures of the readers of documents, folders and databases, with the real tools, and what the tools' own
clients report of them (`expected.json` in each folder).

    python3 -m venv /tmp/fixtures
    /tmp/fixtures/bin/pip install mlflow-skinny==3.17.2 optuna==5.0.0 sacred==0.8.7 trackio==0.43.0 dvclive==3.49.1 \\
        clearml==2.1.12 catboost==1.2.10 xgboost==3.2.0 lightgbm==4.7.0
    /tmp/fixtures/bin/python crates/formats/tests/make_fixtures_b.py FOLDER [TOOL...]

All numbers are invented. Names of users, machines and places are replaced; a database is left with the tables that are
read, so that it stays small."""
import json, math, os, re, shutil, sqlite3, sys, tempfile, warnings

warnings.filterwarnings('ignore')
OUT = os.path.abspath(sys.argv[1])
WORK = tempfile.mkdtemp()
os.environ.update(HOME=WORK, MLFLOW_ALLOW_FILE_STORE='true', USER='user', LOGNAME='user')


def plain(value):
    """A number as JSON knows it; what is not finite as a word."""
    if isinstance(value, bool) or value is None: return value
    return float(value) if math.isfinite(value) else {True: 'NaN'}.get(math.isnan(value), 'Infinity' if value > 0 else '-Infinity')


def folder(tool):
    path = f'{OUT}/{tool}'
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(path)
    return path


def expect(tool, runs, **more):
    with open(f'{OUT}/{tool}/expected.json', 'w') as file: json.dump(dict(runs=runs, **more), file, indent=1)


def shrink(source, target, tables):
    """Copies a database with these tables only."""
    shutil.copy(source, target)
    database = sqlite3.connect(target, isolation_level=None)
    database.execute('PRAGMA foreign_keys=OFF')
    database.execute('PRAGMA journal_mode=DELETE')
    for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type='table' AND name NOT LIKE 'sqlite_%'").fetchall():
        if name not in tables: database.execute(f'DROP TABLE "{name}"')
    return database


def pack(database):
    database.execute('PRAGMA page_size=1024')
    database.execute('VACUUM')
    database.close()


def mlflow_store(uri):
    import mlflow
    mlflow.set_tracking_uri(uri)
    mlflow.set_experiment('study')
    with mlflow.start_run(run_name='calm') as run:
        mlflow.log_params({'lr': 0.1, 'opt': 'adam', 'deep/name': 'x y'})
        mlflow.set_tag('who', 'nobody')
        for step in range(4): mlflow.log_metrics({'loss': 1 / (step + 1), 'val/acc': step / 3}, step=step * 10)
        for step, value in enumerate([math.nan, math.inf, -math.inf, 0.5]): mlflow.log_metric('odd', value, step=step)
        mlflow.log_metric('loss', 9.0, step=0)
        with mlflow.start_run(run_name='child', nested=True): mlflow.log_metric('x', 1.0)
    try:
        with mlflow.start_run(run_name='broken'): raise ValueError
    except ValueError: pass
    client, runs = mlflow.MlflowClient(), {}
    for run in client.search_runs([client.get_experiment_by_name('study').experiment_id]):
        metrics = {}
        for name in run.data.metrics:
            history = client.get_metric_history(run.info.run_id, name)
            # From a database the client reports the largest doubles for infinities, from files the infinities.
            real = lambda value: value * 2 if abs(value) == sys.float_info.max else value
            metrics[name] = [[m.step, m.timestamp / 1000, plain(real(m.value))] for m in history]
        runs[run.info.run_name] = dict(metrics=metrics, settings=run.data.params, state=run.info.status,
                                       parent=run.data.tags.get('mlflow.parentRunId'), end=run.info.end_time / 1000)
    return runs


def mlflow():
    path = folder('mlflow')
    runs = mlflow_store(f'sqlite:///{WORK}/mlflow.db')
    database = shrink(f'{WORK}/mlflow.db', f'{path}/mlflow.db',
                      {'experiments', 'runs', 'metrics', 'params', 'tags', 'latest_metrics', 'alembic_version'})
    database.execute("UPDATE runs SET user_id='user', source_name='', artifact_uri='mlruns'")
    database.execute("UPDATE experiments SET artifact_location='mlruns'")
    database.execute("DELETE FROM tags WHERE key LIKE 'mlflow.source%' OR key='mlflow.user'")
    pack(database)
    expect('mlflow', runs)


def mlflow_files():
    path = folder('mlflow_files')
    runs = mlflow_store(f'file://{WORK}/mlruns')
    shutil.copytree(f'{WORK}/mlruns', f'{path}/mlruns', ignore=shutil.ignore_patterns('.trash', 'mlflow.source.*', 'mlflow.user', 'artifacts'))
    for root, _, names in os.walk(path):
        for name in names:
            text = open(f'{root}/{name}').read()
            text = text.replace(WORK, '/home/user')
            if name == 'meta.yaml': text = re.sub(r'user_id: .*', 'user_id: user', text)
            open(f'{root}/{name}', 'w').write(text)
    expect('mlflow_files', runs)


def optuna():
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    path = folder('optuna')
    sampler = optuna.samplers.RandomSampler(seed=1)

    def objective(trial):
        lr = trial.suggest_float('lr', 1e-3, 1, log=True)
        trial.suggest_categorical('opt', ['adam', 'sgd'])
        if trial.number != 4:
            for step in range(3): trial.report(math.nan if (trial.number, step) == (0, 1) else lr + step, step)
        if trial.number == 1: raise optuna.TrialPruned()
        return {2: math.nan, 3: math.inf}.get(trial.number, lr)

    for name, storage in [('journal.log', JournalStorage(JournalFileBackend(f'{path}/journal.log'))), ('optuna.db', f'sqlite:///{path}/optuna.db')]:
        study = optuna.create_study(storage=storage, study_name='single', sampler=sampler)
        study.optimize(objective, n_trials=5)
        two = optuna.create_study(storage=storage, study_name='two', directions=['minimize', 'maximize'], sampler=sampler)
        two.optimize(lambda trial: (trial.suggest_int('a', 0, 5), 2.0), n_trials=2)
        runs = {}
        for study in (study, two):
            metrics = {}
            for trial in study.trials:
                time = (trial.datetime_complete.timestamp())
                word = {'COMPLETE': 'value', 'PRUNED': 'pruned', 'FAIL': 'failed'}[trial.state.name]
                values = trial.values or [1.0]
                for at, value in enumerate(values):
                    metrics.setdefault(word if len(values) == 1 else f'{word}/{at}', []).append([trial.number, time, plain(value)])
                for key, value in trial.params.items():
                    value = trial.distributions[key].to_internal_repr(value)
                    metrics.setdefault(f'params/{key}', []).append([trial.number, time, plain(value)])
                if trial.intermediate_values:
                    curve = [[step, None, plain(value)] for step, value in sorted(trial.intermediate_values.items())]
                    runs[f'{study.study_name}/trial {trial.number}'] = dict(metrics={'value': curve})
            runs[study.study_name] = dict(metrics=metrics)
        with open(f'{path}/{name}.expected.json', 'w') as file: json.dump(dict(runs=runs), file, indent=1)
    text = open(f'{path}/journal.log').read()
    open(f'{path}/journal.log', 'w').write(re.sub(r'"worker_id":"[^"]*"', '"worker_id":"worker-1"', text))
    pack(sqlite3.connect(f'{path}/optuna.db', isolation_level=None))


def sacred():
    from sacred import Experiment
    from sacred.observers import FileStorageObserver
    path = folder('sacred')
    experiment = Experiment('study', save_git_info=False)
    experiment.observers.append(FileStorageObserver(f'{WORK}/sacred'))
    experiment.add_config(lr=0.1, net={'layers': [64, 64]}, seed=3)
    points = [('train.loss', 1.0, 0), ('val.acc', 0.25, 0), ('train.loss', math.nan, 1), ('train.loss', -math.inf, 2), ('train.loss', 0.5, 2)]

    @experiment.main
    def main(_run):
        for name, value, step in points: _run.log_scalar(name, value, step)
        return 0.5

    experiment.run()
    os.makedirs(f'{path}/1')
    for name in ('metrics.json', 'config.json'): shutil.copy(f'{WORK}/sacred/1/{name}', f'{path}/1')
    run = json.load(open(f'{WORK}/sacred/1/run.json'))
    run['experiment'].update(base_dir='/home/user', mainfile='main.py', sources=[])
    run.update(host={'hostname': 'host', 'os': ['Linux', 'Linux'], 'python_version': '3'})
    json.dump(run, open(f'{path}/1/run.json', 'w'), indent=2)
    metrics = {}
    for name, value, step in points: metrics.setdefault(name, []).append([step, None, plain(value)])
    expect('sacred', {'study': dict(metrics=metrics, settings={'lr': '0.1', 'seed': '3'}, state='FINISHED')})


def trackio():
    os.environ['TRACKIO_DIR'] = f'{WORK}/trackio'
    import trackio
    from trackio.sqlite_storage import SQLiteStorage
    path = folder('trackio')
    for name in ('first', 'second'):
        trackio.init(project='demo', name=name, config={'lr': 0.1, 'net': {'deep': 2}}, embed=False)
        for step in range(4): trackio.log({'loss': 1 / (step + 1), 'nest': {'a': step}, 'odd': [math.nan, math.inf, -math.inf, 1.0][step]})
        trackio.finish()
    runs = {}
    for name in ('first', 'second'):
        metrics = {}
        for row in SQLiteStorage.get_logs('demo', name):
            step = row.pop('step'); row.pop('timestamp')
            for key, value in row.items():
                for key, value in ([(f'{key}/{deep}', v) for deep, v in value.items()] if isinstance(value, dict) else [(key, value)]):
                    metrics.setdefault(key, []).append([step, None, plain(float(value))])
        runs[name] = dict(metrics=metrics, settings={'lr': '0.1', 'net/deep': '2'})
    sources = [f'{WORK}/trackio/{name}' for name in os.listdir(f'{WORK}/trackio') if name.endswith('.db')]
    database = shrink(sources[0], f'{path}/demo.db', {'metrics', 'configs', 'system_metrics'})
    database.execute("UPDATE configs SET config = json_remove(json(CAST(config AS TEXT)), '$._Username')")
    pack(database)
    expect('trackio', runs)


def dvclive():
    from dvclive import Live
    path = folder('dvclive')
    os.chdir(WORK)
    metrics = {}
    with Live('dvclive', save_dvc_exp=False, dvcyaml=None) as live:
        live.log_params({'lr': 0.1, 'net': {'deep': 2}})
        for step in range(4):
            live.log_metric('train/loss', 1 / (step + 1))
            live.log_metric('val/acc', step / 3, timestamp=True)
            if step == 2: live.log_metric('odd', math.nan)
            if step == 3: live.log_metric('odd', math.inf)
            live.next_step()
    import csv
    for root, _, names in os.walk('dvclive/plots/metrics'):
        for name in names:
            key = os.path.relpath(f'{root}/{name}', 'dvclive/plots/metrics')[:-4]
            rows = list(csv.DictReader(open(f'{root}/{name}'), delimiter='\t'))
            metrics[key] = [[int(r['step']), int(r['timestamp']) / 1000 if 'timestamp' in r else None, plain(float(r[key.split('/')[-1]]))] for r in rows]
    shutil.copytree('dvclive', f'{path}/dvclive')
    expect('dvclive', {'dvclive': dict(metrics=metrics, settings={'lr': '0.1', 'net/deep': '2'})})


def clearml():
    from clearml import Task
    path = folder('clearml')
    Task.set_offline(True)
    task = Task.init('project', 'calm', auto_connect_frameworks=False, auto_resource_monitoring=False)
    task.connect({'lr': 0.1, 'net': {'deep': 2}})
    logger, metrics = task.get_logger(), {}
    for step in range(4):
        for variant, value in [('train', 1 / (step + 1)), ('val', math.nan if step == 1 else 2.0)]:
            logger.report_scalar('loss', variant, value, step * 10)
            # ClearML writes 0 for NaN, and says so once.
            metrics.setdefault(f'loss/{variant}', []).append([step * 10, None, 0.0 if math.isnan(value) else value])
    logger.report_single_value('best', 3.0)
    source = str(task.get_offline_mode_folder())
    task.close()
    os.makedirs(f'{path}/offline-1')
    shutil.copy(f'{source}/metrics.jsonl', f'{path}/offline-1')
    state = json.load(open(f'{source}/task.json'))
    state.update(script={}, offline_folder='/home/user/offline-1', offline_output_models=[])
    json.dump(state, open(f'{path}/offline-1/task.json', 'w'))
    expect('clearml', {'calm': dict(metrics=metrics, settings={'General/lr': '0.1', 'General/net/deep': '2'})})


def boosting():
    import numpy, catboost, xgboost, lightgbm
    path = folder('boosting')
    random = numpy.random.default_rng(1)
    x, y = random.normal(size=(200, 4)), random.integers(0, 2, 200)
    sets = (x[:150], y[:150]), (x[150:], y[150:])
    model = catboost.CatBoostClassifier(iterations=6, train_dir=f'{WORK}/catboost', custom_metric=['AUC'], verbose=False, random_seed=1)
    model.fit(*sets[0], eval_set=[sets[1]])
    shutil.copy(f'{WORK}/catboost/catboost_training.json', path)
    rows = lambda result: {f'{name}/{key}': [[at, None, plain(v)] for at, v in enumerate(values)] for name, metrics in result.items() for key, values in metrics.items()}
    result = {{'validation': 'test'}.get(name, name): metrics for name, metrics in model.get_evals_result().items()}
    runs = {'catboost_training.json': dict(metrics=rows(result), tolerance=1e-8)}
    evals = {}
    data = [xgboost.DMatrix(a, b) for a, b in sets]
    xgboost.train({'objective': 'binary:logistic', 'eval_metric': ['logloss', 'auc'], 'seed': 1}, data[0], 6, evals=list(zip(data, ['train', 'valid'])), evals_result=evals, verbose_eval=False)
    json.dump(evals, open(f'{path}/xgboost_evals_result.json', 'w'))
    runs['xgboost_evals_result.json'] = dict(metrics=rows(evals))
    evals = {}
    lightgbm.train({'objective': 'binary', 'metric': ['binary_logloss', 'auc'], 'verbose': -1, 'seed': 1}, lightgbm.Dataset(*sets[0]), 6,
                   valid_sets=[lightgbm.Dataset(*sets[1])], valid_names=['valid'], callbacks=[lightgbm.record_evaluation(evals)])
    json.dump(evals, open(f'{path}/lightgbm_evals.json', 'w'))
    runs['lightgbm_evals.json'] = dict(metrics=rows(evals))
    expect('boosting', runs)


os.makedirs(OUT, exist_ok=True)
TOOLS = dict(mlflow=mlflow, mlflow_files=mlflow_files, optuna=optuna, sacred=sacred, trackio=trackio, dvclive=dvclive, clearml=clearml, boosting=boosting)
os.chdir(WORK)
for tool in sys.argv[2:] or TOOLS: TOOLS[tool]()
