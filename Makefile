# thetasweep. `make help` lists the targets; every variable can be overridden on the command line.

# The architecture. Each floor stands on those before it in the list, each module on those before it
# on its floor; no file includes or calls what stands above it (make layers). A floor is a folder of
# src/, include/ and tests/. Module NOUN is include/FLOOR/NOUN.h with src/FLOOR/NOUN.c or several
# NOUN_*.c; other files of a folder belong to its own module, archive/commit.c to archive, the files
# of program/ to command. Exported names begin with their module's (make names).
FLOORS = base config model search archive cluster program numbers archives measures
base    = version error vector random linalg cmaes processor sha256 digest
config  = settings sweep config space
model   = network task rule trial tangent adjoint hessian learner lifetime efficiency
search  = pairs optimizer estimator ceiling measured search
archive = guard attribute output import archive standing
cluster = wire scheduler simulation coordinator worker share
program = command main
# The analysis of finished runs stands on all of them, in analysis/FLOOR/, with analyze.c on top.
numbers  = crew matrix dimension similarity matching dsa groups decoding landscape attractor change psychometric
archives = study
measures = measure

# Headers that only some modules may include, as header:module,module. The model has no MPI, no HDF5
# and no clock.
FENCES = mpi.h:archive,wire hdf5.h:archive,guard,attribute,import,output,study cblas.h:linalg yaml.h:config

VERSION := $(shell sed -n 's/^version: //p' CITATION.cff)
# The MPI that mpicc is of, which must be that of HDF5; MPI=mpich or MPI=openmpi where Debian has both.
MPI      =
CC       = mpicc$(MPI:%=.%)
MPIRUN   = mpirun$(MPI:%=.%)
CFLAGS   = -O3 -g
# What an initialiser leaves out is zero by intent; clang warns of that where gcc does not.
WARNINGS = -Wall -Wextra -Wno-missing-field-initializers -Wshadow -Wstrict-prototypes \
           -Wmissing-prototypes -Wvla -Werror
# The last two keep results the same from build to build: never -ffast-math.
STANDARD = -std=c11 -D_GNU_SOURCE -fno-math-errno -ffp-contract=off
LDFLAGS  =
PREFIX   = /usr/local
BUILD    = build
JOBS     = $(shell nproc 2>/dev/null || echo 1)
# The first Python that has what the tests need.
PYTHON   = $(or $(shell .ci/deps python),python3)

# A file for each instruction set of x86-64 (src/base/vector_table.h): what it is compiled with.
X86 = $(findstring x86_64,$(shell $(CC) -dumpmachine))
AVX2    = $(if $(X86),-mavx2 -mfma)
AVX512F = $(if $(X86),-mavx512f -mfma)

# Libraries. For each NAME: NAME_DIR (with include and lib in it), or NAME_CFLAGS and NAME_LIBS,
# or what pkg-config says (Random123 has no such file), or just the compiler's own search paths.
define library
ifdef $(1)_DIR
$(1)_CFLAGS ?= -isystem $$($(1)_DIR)/include
$(1)_LIBS   ?= -L$$($(1)_DIR)/lib -Wl,-rpath,$$($(1)_DIR)/lib $(3)
endif
ifndef $(1)_CFLAGS
$(1)_CFLAGS := $$(patsubst -I%,-isystem %,$$(shell pkg-config --cflags-only-I $(2) 2>/dev/null))
endif
ifndef $(1)_LIBS
$(1)_LIBS   := $$(or $$(shell pkg-config --libs $(2) 2>/dev/null),$(3))
endif
endef
LIBRARIES = HDF5 OPENBLAS YAML SLEEF ZLIB RANDOM123
$(eval $(call library,HDF5,hdf5-$(or $(MPI),openmpi),-lhdf5))
# Neither pkg-config nor a user who gives HDF5_LIBS by hand names the library of dimension scales.
HDF5_HL = $(if $(findstring hdf5_hl,$(HDF5_LIBS)),,-lhdf5_hl)
$(eval $(call library,OPENBLAS,openblas,-lopenblas))
$(eval $(call library,YAML,yaml-0.1,-lyaml))
$(eval $(call library,SLEEF,sleef,-lsleef))
$(eval $(call library,ZLIB,zlib,-lz))
$(eval $(call library,RANDOM123,random123,))
$(eval $(call library,CUNIT,cunit,-lcunit))

FLAGS = $(STANDARD) $(WARNINGS) $(CFLAGS)
ALL_CFLAGS = $(FLAGS) -Iinclude -Isrc -Ianalysis -Itests -MMD -MP $(foreach l,$(LIBRARIES),$($(l)_CFLAGS))
ALL_LIBS = $(LDFLAGS) $(HDF5_HL) $(foreach l,$(LIBRARIES),$($(l)_LIBS)) -lm

# find, since a floor may have folders of its own.
sources = $(sort $(shell find $(1) -name '*.[ch]'))
C_FILES          = $(filter %.c,$(1))
SOURCES          = $(call C_FILES,$(call sources,src))
HEADERS          = $(filter %.h,$(call sources,src include))
OBJECTS          = $(SOURCES:src/%.c=$(BUILD)/obj/%.o) $(BUILD)/obj/base/version.o
ANALYSIS_SOURCES = $(call C_FILES,$(call sources,analysis))
ANALYSIS_HEADERS = $(filter %.h,$(call sources,analysis))
ANALYSIS_OBJECTS = $(ANALYSIS_SOURCES:%.c=$(BUILD)/obj/%.o) $(BUILD)/obj/analysis/measures/list.o
# A measure is a file of analysis/measures/ that holds one; the build finds it. The first ones stand
# in this order, which is that of the analysis; others follow.
FIRST_MEASURES   = task progress answers rules representations similarity outside decoding \
                   landscape attractors change gradients
ALL_MEASURES     = $(sort $(notdir $(basename $(shell grep -l '^const struct measure measure_' \
                   $(ANALYSIS_SOURCES)))))
MEASURES         = $(filter $(ALL_MEASURES),$(FIRST_MEASURES)) \
                   $(filter-out $(FIRST_MEASURES),$(ALL_MEASURES))
SUITE_SOURCES    = $(wildcard tests/base/*.c tests/config/*.c tests/model/*.c tests/search/*.c \
                   tests/archive/*.c tests/cluster/*.c tests/analysis/*.c)
TEST_SOURCES     = $(wildcard tests/*.c) $(SUITE_SOURCES)
TEST_OBJECTS     = $(TEST_SOURCES:%.c=$(BUILD)/obj/%.o)
BENCHES          = $(patsubst %,$(BUILD)/bench/%,kernels products roofline empty_jobs sleeping_jobs pieces \
                   functions)
SUITES           = $(notdir $(SUITE_SOURCES:.c=))

# Lets Open MPI run as root and with more ranks than cores; single-copy needs ptrace, which
# containers forbid.
MPI_ENVIRONMENT = OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 \
    OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_mpi_yield_when_idle=1 \
    OMPI_MCA_hwloc_base_binding_policy=none OMPI_MCA_btl_vader_single_copy_mechanism=none

# A short line for each file; `make V=1` shows the commands instead.
SAY = $(if $(V),,@echo '  $@';)

# What was just installed is found by a second make, which asks pkg-config anew.
AGAIN = +@$(MAKE) --no-print-directory -j$(JOBS)

.DEFAULT_GOAL := program
.PHONY: program deps demo test test-long check layers names scripts analyse format info install uninstall \
        clean help \
        run-demo bench bench-quick built cunit fuzz sanitize FORCE
.DELETE_ON_ERROR:

# The programs, the manual page and what shells complete.
PROGRAM = $(BUILD)/thetasweep $(BUILD)/thetasweep-analyze $(BUILD)/thetasweep.1 \
          $(BUILD)/thetasweep.bash $(BUILD)/_thetasweep
program: $(PROGRAM) ## Build the programs in build/ (the default)

deps: ## Install what is missing (Debian), or say what it is
	@$(DEPS_ENVIRONMENT) .ci/deps check
DEPS_ENVIRONMENT = MPI='$(MPI)' CC='$(CC)' MPIRUN='$(MPIRUN)' \
    $(foreach l,$(LIBRARIES) CUNIT,$(l)_GIVEN='$($(l)_DIR)$(if $(filter file,$(origin \
    $(l)_LIBS)),,$($(l)_LIBS))')

demo: deps ## A small sweep on 3 ranks and its page, some two minutes: build/demo.html
	$(AGAIN) program
	@rm -f $(BUILD)/demo.h5 $(BUILD)/demo.h5.*
	$(MPI_ENVIRONMENT) $(MPIRUN) -n 3 $(BUILD)/thetasweep run jobs/demo.yaml -o $(BUILD)/demo.h5 </dev/null
	@echo
	@THETASWEEP_PYTHON='$(PYTHON)' $(BUILD)/thetasweep report $(BUILD)/demo.h5

test: deps ## All that CI runs: C tests, then the whole program, also under mpirun
	$(AGAIN) built
	+@MPIRUN='$(MPIRUN)' $(PYTHON) tests/run

test-long: deps ## The tests of `make test` and those that take minutes
	$(AGAIN) built
	+@MPIRUN='$(MPIRUN)' $(PYTHON) tests/run --long

bench: deps ## The scoreboard: all figures of speed, about two minutes; build/bench.json
	$(AGAIN) built
	@MPIRUN='$(MPIRUN)' $(PYTHON) tests/bench/run $(BENCH)

bench-quick: ## The same in less than a minute
	+@$(MAKE) --no-print-directory bench BENCH=--quick

# The floors that read files are compiled by clang into a folder of their own, the others taken as they are.
# FUZZ="-max_total_time=600" and the like; what crashed lies in build/fuzz/NAME.found/, and is run again by
# build/fuzz/fuzz-NAME FILE.
SANITIZE = -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
FUZZERS  = sweep trials archive
FUZZED   = config archive
FUZZ     = -max_total_time=60
FUZZ_COVERAGE = -fsanitize=fuzzer-no-link -fno-sanitize-coverage=trace-cmp
fuzz: program ## Feed damaged files to all that reads some, a minute each (clang, libFuzzer): build/fuzz/
	+@OMPI_CC=clang MPICH_CC=clang $(MAKE) --no-print-directory -j$(JOBS) BUILD=build/fuzz \
	    CFLAGS='$(SANITIZE) $(FUZZ_COVERAGE)' $(FUZZERS:%=build/fuzz/fuzz-%)
	@$(PYTHON) tests/fuzz/run $(FUZZERS) -- $(FUZZ)

# OpenBLAS, HDF5, Open MPI and what that loads never free all of theirs: tests/leaks names them. What is ours
# counts.
SANITIZER = ASAN_OPTIONS=detect_stack_use_after_return=0:allocator_may_return_null=1 \
    LSAN_OPTIONS=suppressions=$(CURDIR)/tests/leaks:print_suppressions=0:fast_unwind_on_malloc=0 \
    UBSAN_OPTIONS=print_stacktrace=1
SMALL = --set network.units=20 --set learning.trials=60 --set meta.iterations=2 --set meta.evaluate_every=1 \
    --set meta.seeds=3 --set meta.held_out_seeds=3 --set meta.test_seeds=3
sanitize: deps ## Unit tests and a sweep on 3 ranks with ASan and UBSan, some minutes: build/sanitize/
	+@$(MAKE) --no-print-directory -j$(JOBS) BUILD=build/sanitize CFLAGS='$(SANITIZE)' \
	    build/sanitize/tests build/sanitize/thetasweep
	$(SANITIZER) build/sanitize/tests
	@rm -f build/sanitize/run.h5*
	$(SANITIZER) $(MPI_ENVIRONMENT) $(MPIRUN) -n 3 build/sanitize/thetasweep run jobs/demo.yaml \
	    -o build/sanitize/run.h5 $(SMALL) </dev/null
	$(SANITIZER) build/sanitize/thetasweep status build/sanitize/run.h5 --json
	$(SANITIZER) build/sanitize/thetasweep verify build/sanitize/run.h5

check: deps layers scripts ## In seconds and without mpirun: layers, names, scripts, C tests
	$(AGAIN) names cunit

built: $(PROGRAM) $(BUILD)/tests $(BENCHES)
cunit: $(BUILD)/tests
	@$(BUILD)/tests

LAYERS = $(PYTHON) tests/layers $(foreach f,$(FLOORS),--floor '$(f): $($(f))') \
    $(foreach f,$(FENCES),--fence '$(f)')

layers: ## Does every file include only what stands below it?
	@$(LAYERS) $(SOURCES) $(HEADERS) $(ANALYSIS_SOURCES) $(ANALYSIS_HEADERS)

names: $(OBJECTS) $(ANALYSIS_OBJECTS) ## Do exported names begin with their module's, and do calls go one way?
	@$(LAYERS) --objects $(BUILD)/obj $(SOURCES) $(HEADERS) $(ANALYSIS_SOURCES) $(ANALYSIS_HEADERS)

scripts: ## Does shellcheck, where there is one, find nothing in the shell scripts?
	@if ! command -v shellcheck >/dev/null; then echo 'scripts: no shellcheck here'; \
	elif shellcheck $(SCRIPTS); then echo 'scripts: shellcheck finds nothing'; else exit 1; fi
SCRIPTS = .ci/deps .ci/run $(wildcard jobs/*.sh jobs/*.sbatch)

# Clang looks at each file, and a stamp says that it found nothing; as deep as ANALYSE says, in states of a
# function. ANALYSE=all has its own limit and takes three times as long. gcc's analyser (12) is left out: it
# takes for lost what a structure or a list keeps.
ANALYSE   = 15000
ANALYSED  = $(SOURCES) $(ANALYSIS_SOURCES)
FOUND     = $(BUILD)/analyse/$(ANALYSE)
ANALYSERS = $(if $(shell command -v clang),$(ANALYSED:%=$(FOUND)/%),$(BUILD)/no-clang) \
            $(if $(shell command -v cppcheck),$(BUILD)/analyse/cppcheck/found,$(BUILD)/no-cppcheck)
analyse: ## Do clang's static analyser and cppcheck, where there are such, find nothing?
	+@$(MAKE) --no-print-directory -k $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(JOBS)) $(ANALYSERS)
	@echo 'analyse: nothing is found'

CONTRACTS = -include tests/contracts.h
CLANG     = -Qunused-arguments --analyze --analyzer-output text -Xclang -analyzer-werror $(CONTRACTS) \
            $(if $(filter all,$(ANALYSE)),,-Xclang -analyzer-config -Xclang max-nodes=$(ANALYSE))
# They define what the contracts are of; and clang takes (n + 1) / 2 * 2 for less than n.
$(FOUND)/src/base/error.c $(FOUND)/src/cluster/wire_collective.c: CONTRACTS =
$(FOUND)/src/base/random.c: CONTRACTS = -Xclang -analyzer-disable-checker=core.uninitialized,core.UndefinedBinaryOperatorResult,core.CallAndMessage
$(FOUND)/src/base/vector_avx2.c: INSTRUCTIONS = $(AVX2)
$(FOUND)/src/base/vector_avx512f.c: INSTRUCTIONS = $(AVX512F)
$(FOUND)/%.c: %.c tests/contracts.h $(BUILD)/flags
	$(MAKE_FOLDER)
	$(SAY)OMPI_CC=clang MPICH_CC=clang $(CC) $(CLANG) $(ALL_CFLAGS) $(INSTRUCTIONS) -MF $@.d -MT $@ $<
	@touch $@

# Left to clang: what is not initialised, which cppcheck guesses. By intent: parts of one block are cut before it is
# looked at, numbers of two sizes share memory, one thread asks for the time. Its model of mmap is wrong.
CPPCHECK = uninitvar legacyUninitvar ctuuninitvar nullPointerArithmeticRedundantCheck invalidPointerCast \
           gmtimeCalled localtimeCalled invalidFunctionArg
$(BUILD)/analyse/cppcheck/found: $(ANALYSED) $(HEADERS) $(ANALYSIS_HEADERS) Makefile
	$(MAKE_FOLDER)
	$(SAY)cppcheck -q -j$(JOBS) --cppcheck-build-dir=$(@D) --error-exitcode=1 --std=c11 --library=posix \
	    --enable=warning,portability,performance $(CPPCHECK:%=--suppress=%) \
	    -DH5E_BEGIN_TRY= -DH5E_END_TRY= -Iinclude -Isrc -Ianalysis $(ANALYSED)
	@touch $@

$(BUILD)/no-%:
	@echo 'analyse: no $* here'

format: ## Does the code look as .clang-format says?
	clang-format --dry-run -Werror $(SOURCES) $(HEADERS) $(ANALYSIS_SOURCES) $(ANALYSIS_HEADERS) \
	    $(TEST_SOURCES) $(wildcard tests/*.h tests/*/*.h tests/bench/*.c tests/fuzz/*.c)

info: ## Compiler, flags and libraries of this build
	@echo 'version   $(VERSION) $(GIT_REVISION)'
	@echo 'compiler  $(CC): $(COMPILER)'
	@echo 'flags     $(FLAGS)'
	@$(foreach f,$(FLOORS),echo 'floor     $(f): $($(f))';)
	@$(foreach l,$(LIBRARIES) CUNIT,echo '$(l): $($(l)_CFLAGS) $($(l)_LIBS)';)

# What is installed, as FILE:PLACE. The program finds report.py and sweep.sbatch from its own place.
SHARE     = share/thetasweep
DOCUMENTS = share/doc/thetasweep
FILES = $(BUILD)/thetasweep:bin/thetasweep $(BUILD)/thetasweep-analyze:bin/thetasweep-analyze \
    $(BUILD)/thetasweep.1:share/man/man1/thetasweep.1 \
    $(BUILD)/thetasweep.bash:share/bash-completion/completions/thetasweep \
    $(BUILD)/_thetasweep:share/zsh/site-functions/_thetasweep \
    $(foreach f,$(wildcard analysis/*.py analysis/page.* analysis/figures/*.py),$(f):$(SHARE)/$(f)) \
    $(foreach f,$(wildcard jobs/*.* jobs/rules/*.yaml),$(f):$(SHARE)/$(f)) \
    $(foreach f,README.md LICENSE CITATION.cff CHANGELOG.md analysis/README.md \
        analysis/results/dnms.svg,$(f):$(DOCUMENTS)/$(f)) src/MODEL.md:$(DOCUMENTS)/MODEL.md
UNDER = $(DESTDIR)$(PREFIX)

install: program ## Install under PREFIX (/usr/local), honouring DESTDIR
	@for f in $(FILES); do \
	    from=$${f%%:*} mode=644; \
	    if test -x "$$from"; then mode=755; fi; \
	    install -D -m $$mode "$$from" '$(UNDER)'/"$${f#*:}" || exit 1; \
	done
	@echo 'installed under $(UNDER)'

uninstall: ## Remove what install put there
	@for f in $(FILES); do rm -f '$(UNDER)'/"$${f#*:}"; done
	@for folder in $(SHARE) $(DOCUMENTS); do \
	    if test -d '$(UNDER)'/$$folder; then \
	        find '$(UNDER)'/$$folder -depth -type d -empty -delete; fi; \
	done

clean: ## Remove build/
	rm -rf $(BUILD)

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile
	@echo '  make print-VAR   The value of a variable: make print-CFLAGS'

print-%:
	@echo '$($*)'

$(BUILD)/thetasweep: $(OBJECTS)
	$(SAY)$(CC) $(CFLAGS) -o $@ $^ $(ALL_LIBS)

$(BUILD)/thetasweep.1: $(BUILD)/thetasweep
	$(SAY)$< help --man >$@

$(BUILD)/thetasweep.bash: $(BUILD)/thetasweep
	$(SAY)$< completion bash >$@

$(BUILD)/_thetasweep: $(BUILD)/thetasweep
	$(SAY)$< completion zsh >$@

$(BUILD)/thetasweep-analyze: $(ANALYSIS_OBJECTS) $(filter-out $(BUILD)/obj/program/main.o,$(OBJECTS))
	$(SAY)$(CC) $(CFLAGS) -o $@ $^ $(ALL_LIBS)

$(BUILD)/tests: $(TEST_OBJECTS) $(filter-out $(BUILD)/obj/program/main.o,$(OBJECTS)) \
    $(filter-out $(BUILD)/obj/analysis/analyze.o,$(ANALYSIS_OBJECTS))
	$(SAY)$(CC) $(CFLAGS) -o $@ $^ $(ALL_LIBS) $(CUNIT_LIBS)

FUZZED_OBJECTS = $(filter $(FUZZED:%=$(BUILD)/obj/%/%),$(OBJECTS))
$(BUILD)/fuzz-trials $(BUILD)/fuzz-archive: WRAPPED = -Wl,--wrap=guard_begin,--wrap=guard_end
$(FUZZERS:%=$(BUILD)/fuzz-%): $(BUILD)/fuzz-%: $(BUILD)/obj/tests/fuzz/%.o $(FUZZED_OBJECTS)
	$(SAY)$(CC) $(CFLAGS) $(WRAPPED) -fsanitize=fuzzer -o $@ $^ $(filter-out $(FUZZED:%=build/obj/%/%) \
	    build/obj/program/main.o,$(OBJECTS:$(BUILD)/%=build/%)) $(ALL_LIBS)

# products.c stands between a program and its matrix products.
$(BUILD)/bench/products: $(BUILD)/obj/tests/bench/products.o $(BUILD)/obj/tests/bench/kernels.o
	$(MAKE_FOLDER)
	$(SAY)$(CC) $(CFLAGS) -o $@ $^ $(ALL_LIBS) -Wl,--wrap=linalg_gemm,--wrap=linalg_multiply,--wrap=linalg_multiply_polynomials

$(filter-out %/products,$(BENCHES)): $(BUILD)/bench/%: $(BUILD)/obj/tests/bench/%.o
	$(MAKE_FOLDER)
	$(SAY)$(CC) $(CFLAGS) -o $@ $^ $(ALL_LIBS)

$(BENCHES): $(filter-out $(BUILD)/obj/program/main.o,$(OBJECTS))

MAKE_FOLDER = @mkdir -p $(@D)
COMPILE = $(SAY)$(CC) $(ALL_CFLAGS) $(INSTRUCTIONS) -c -o $@ $<
$(BUILD)/obj/base/vector_avx2.o: INSTRUCTIONS = $(AVX2)
$(BUILD)/obj/base/vector_avx512f.o: INSTRUCTIONS = $(AVX512F)
$(BUILD)/obj/%.o: src/%.c $(BUILD)/flags
	$(MAKE_FOLDER)
	$(COMPILE)

$(BUILD)/obj/base/version.o: $(BUILD)/version.c $(BUILD)/flags
	$(MAKE_FOLDER)
	$(COMPILE)

$(BUILD)/obj/analysis/measures/list.o: $(BUILD)/list.c $(BUILD)/flags
	$(MAKE_FOLDER)
	$(COMPILE)

$(BUILD)/obj/analysis/%.o: analysis/%.c $(BUILD)/flags
	$(MAKE_FOLDER)
	$(COMPILE)

$(BUILD)/obj/tests/main.o: $(BUILD)/suites.h
$(BUILD)/obj/tests/%.o: tests/%.c $(BUILD)/flags
	$(MAKE_FOLDER)
	$(COMPILE) $(CUNIT_CFLAGS) -Wno-missing-prototypes -I$(BUILD)

# Files made anew at each call, but touched only if their content changes.
update = @mkdir -p $(@D); printf '%s\n' $(1) >$@.new; \
    if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

# Of this tree, not of another one around it: a copy without .git has none.
GIT = test -e .git && env -u GIT_DIR -u GIT_WORK_TREE git --no-optional-locks
GIT_REVISION = $(or $(shell $(GIT) describe --always --dirty --abbrev=12 2>/dev/null),unknown)
COMPILER = $(shell $(CC) --version | head -n 1)

$(BUILD)/version.c: FORCE
	$(call update,'#include "base/version.h"' \
	    'const char *version_string(void) { return "$(VERSION)"; }' \
	    'const char *version_git(void) { return "$(GIT_REVISION)"; }' \
	    'const char *version_compiler(void) { return "$(COMPILER)"; }' \
	    'const char *version_flags(void) { return "$(FLAGS)"; }')

$(BUILD)/list.c: FORCE
	$(call update,'#include "measures/list.h"' $(foreach m,$(MEASURES),'extern const struct measure measure_$(m);') \
	    'const struct measure *const measure_list[] = {$(foreach m,$(MEASURES),&measure_$(m),) NULL};')

$(BUILD)/flags: FORCE
	$(call update,'$(CC) $(ALL_CFLAGS) $(AVX2) $(AVX512F) $(ALL_LIBS)')

$(BUILD)/suites.h: FORCE
	$(call update,'/* One line for each suite in tests/FLOOR/NAME.c. */' $(foreach s,$(SUITES),'SUITE($(s))'))

FORCE:

-include $(ANALYSED:%=$(FOUND)/%.d) $(OBJECTS:.o=.d) $(ANALYSIS_OBJECTS:.o=.d) $(TEST_OBJECTS:.o=.d) $(wildcard $(BUILD)/obj/tests/bench/*.d $(BUILD)/obj/tests/fuzz/*.d)
