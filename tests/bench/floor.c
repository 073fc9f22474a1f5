/* The floor of the bench: callbacks of sys.monitoring that return at once, or that count.
 *
 * watch(file, counting) asks for the events that rdbg asks for, of the code whose file is
 * `file`; what runs elsewhere is disabled as rdbg disables it. No Python code runs in a callback.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

enum { TOOL = 4 };
static const char *const LOCAL[] = {"LINE", "PY_RESUME", "PY_RETURN", "PY_YIELD"};
static const char *const GLOBAL[] = {"PY_START", "PY_THROW", "RAISE", "EXCEPTION_HANDLED", "PY_UNWIND"};

static PyObject *monitoring, *disable, *watched;
static Py_ssize_t extra;
static long local_events;
static long long lines, others;

/* 1 for code of the watched file, 2 for other code, decided once for each code object. */
static Py_ssize_t side_of(PyObject *code)
{
    void *kept = NULL;
    if (PyUnstable_Code_GetExtra(code, extra, &kept) == 0 && kept != NULL)
        return (Py_ssize_t)kept;
    PyObject *name = ((PyCodeObject *)code)->co_filename;
    Py_ssize_t side = PyUnicode_Compare(name, watched) == 0 ? 1 : 2;
    PyUnstable_Code_SetExtra(code, extra, (void *)side);
    if (side == 1) {
        PyObject *done = PyObject_CallMethod(monitoring, "set_local_events", "iOl", (int)TOOL, code, local_events);
        if (done == NULL)
            return -1;
        Py_DECREF(done);
    }
    return side;
}

static PyObject *nothing(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    Py_RETURN_NONE;
}

static PyObject *start(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    Py_ssize_t side = side_of(args[0]);
    if (side < 0)
        return NULL;
    return Py_NewRef(side == 1 ? Py_None : disable);
}

static PyObject *count_start(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    PyObject *answer = start(self, args, count);
    others += answer == Py_None;
    return answer;
}

static PyObject *count_line(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    lines++;
    Py_RETURN_NONE;
}

static PyObject *count_local(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    others++;
    Py_RETURN_NONE;
}

/* Exception events are global: they come from all code. */
static PyObject *count_global(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    Py_ssize_t side = side_of(args[0]);
    if (side < 0)
        return NULL;
    others += side == 1;
    Py_RETURN_NONE;
}

#define METHOD(name) {#name, (PyCFunction)(void (*)(void))name, METH_FASTCALL, NULL}
static PyMethodDef NOTHING = METHOD(nothing), START = METHOD(start), COUNT_START = METHOD(count_start),
                   COUNT_LINE = METHOD(count_line), COUNT_LOCAL = METHOD(count_local),
                   COUNT_GLOBAL = METHOD(count_global);

/* Registers a callback for a named event; the event's bit, or -1. */
static long listen(const char *name, PyMethodDef *method)
{
    PyObject *events = PyObject_GetAttrString(monitoring, "events");
    PyObject *event = events ? PyObject_GetAttrString(events, name) : NULL;
    PyObject *function = event ? PyCFunction_New(method, NULL) : NULL;
    PyObject *before = function
        ? PyObject_CallMethod(monitoring, "register_callback", "iOO", (int)TOOL, event, function) : NULL;
    long bit = before ? PyLong_AsLong(event) : -1;
    Py_XDECREF(events);
    Py_XDECREF(event);
    Py_XDECREF(function);
    Py_XDECREF(before);
    return bit;
}

static PyObject *watch(PyObject *self, PyObject *args)
{
    int counting;
    if (!PyArg_ParseTuple(args, "Up", &watched, &counting))
        return NULL;
    Py_INCREF(watched);
    extra = PyUnstable_Eval_RequestCodeExtraIndex(NULL);
    monitoring = PySys_GetObject("monitoring");
    disable = PyObject_GetAttrString(monitoring, "DISABLE");
    if (extra < 0 || disable == NULL || !PyObject_CallMethod(monitoring, "use_tool_id", "is", (int)TOOL, "floor"))
        return NULL;
    for (size_t i = 0; i < sizeof LOCAL / sizeof *LOCAL; i++) {
        long bit = listen(LOCAL[i], !counting ? &NOTHING : i == 0 ? &COUNT_LINE : &COUNT_LOCAL);
        if (bit < 0)
            return NULL;
        local_events |= bit;
    }
    long global_events = 0;
    for (size_t i = 0; i < sizeof GLOBAL / sizeof *GLOBAL; i++) {
        PyMethodDef *plain = i == 0 ? &START : &NOTHING, *counted = i == 0 ? &COUNT_START : &COUNT_GLOBAL;
        long bit = listen(GLOBAL[i], counting ? counted : plain);
        if (bit < 0)
            return NULL;
        global_events |= bit;
    }
    return PyObject_CallMethod(monitoring, "set_events", "il", (int)TOOL, global_events);
}

/* (lines, other events) so far. */
static PyObject *counted(PyObject *self, PyObject *Py_UNUSED(none))
{
    return Py_BuildValue("LL", lines, others);
}

static PyMethodDef FUNCTIONS[] = {
    {"watch", watch, METH_VARARGS, NULL},
    {"counted", counted, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};
static struct PyModuleDef MODULE = {PyModuleDef_HEAD_INIT, "rdbg_floor", NULL, -1, FUNCTIONS};

PyMODINIT_FUNC PyInit_rdbg_floor(void)
{
    return PyModule_Create(&MODULE);
}
